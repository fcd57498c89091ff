//! The SDK's component in a script of the application: found, and nothing that only uses it.

use std::fs;

use tower_visor::app::AppFiles;
use tower_visor::page::{Page, PageErrorKind};

use crate::site::document;
use crate::support::{pinned, pins, sdk};

const COMPONENT: &str = "node_modules/@azure/ai-vision-face-ui/FaceLivenessDetector.js";

/// What is wrong with a page whose script is this.
fn faults(code: &str) -> Vec<(PageErrorKind, String)> {
    let pins = pins("/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let files = AppFiles::new().file("/assets/Check-1a2b.js", code).unwrap();
    let page = Page::builder("<script type=module src=assets/Check-1a2b.js></script>")
        .app_files(files)
        .compile(&verified, &pinned(document(), &pins));
    match page {
        Ok(_) => Vec::new(),
        Err(faults) => faults
            .iter()
            .map(|fault| (fault.kind(), fault.to_string()))
            .collect(),
    }
}

fn said(found: &str) -> String {
    format!(
        "/assets/Check-1a2b.js: it {found}, so the SDK was bundled into it, and no pin covers what \
         runs: leave it out of the bundle, so that the page's import map leads to the published file; \
         in Vite `build.rollupOptions.external: [/^@azure\\/ai-vision-face-ui/]`, in webpack `externals: \
         [/^@azure\\/ai-vision-face-ui/], externalsType: 'import', target: ['web', 'es2020']`, in Next.js `import(/* webpackIgnore: \
         true */ /* turbopackIgnore: true */ '/FaceLivenessDetector.js')`"
    )
}

#[test]
fn a_script_that_defines_the_element_is_one() {
    for code in [
        "customElements.define(\"azure-ai-vision-face-ui\", class extends HTMLElement {})",
        "var a=1;window.customElements.define(`azure-ai-vision-face-ui`,X);export{a as default};",
        "customElements.get('azure-ai-vision-face-ui')||customElements?.define('azure-ai-vision-face-ui',c)",
        "const c = customElements; c.define('azure-ai-vision-face-ui', X)",
        "window['customElements']['define']('azure-ai-vision-face-ui', X)",
        "(0, customElements.define)('azure-ai-vision-face-ui', X)",
        "customElements.define?.('azure-ai-vision-face-ui', X)",
        "customElements.define.call(window.customElements, 'azure-ai-vision-face-ui', X)",
        "customElements.define('azure-ai-vision' + '-face-ui', X)",
        "customElements.define(`azure-${'ai'}-vision-face-ui`, X)",
        // As webpack has it in development: code in a text.
        "eval(\"customElements.define('azure-ai-vision-face-ui', X);\")",
        "eval(__webpack_require__.ts('{customElements.define(\"azure-ai-vision-face-ui\", X)}'))",
    ] {
        let expected = (
            PageErrorKind::Bundled,
            said("defines <azure-ai-vision-face-ui>"),
        );
        assert_eq!(faults(code), [expected], "{code}");
    }
}

#[test]
fn a_script_with_the_component_s_texts_is_one() {
    // Whoever renames the element keeps the rest.
    let component = fs::read_to_string(sdk("1.5.0").join(COMPONENT)).unwrap();
    let renamed = component.replace("customElements.define(", "define(");
    let expected = [(
        PageErrorKind::Bundled,
        said("holds 100 % of the component's texts"),
    )];
    assert_eq!(faults(&renamed), expected);
    // Texts in pieces are the same texts, and code that is evaluated is code.
    let pieces = renamed.replace("\"CompletedResult", "\"Completed\" +\n\"Result");
    assert_ne!(pieces, renamed);
    assert_eq!(faults(&pieces), expected);
    let evaluated = format!("eval({})", serde_json::to_string(&renamed).unwrap());
    assert_eq!(faults(&evaluated), expected);
}

#[test]
fn to_quote_the_component_is_fine() {
    let component = fs::read_to_string(sdk("1.5.0").join(COMPONENT)).unwrap();
    let quoted = serde_json::to_string(&component).unwrap();
    assert_eq!(faults(&format!("export default {quoted}")), []);
    assert_eq!(faults(&format!("show({{ code: {quoted} }}, eval)")), []);
}

#[test]
fn a_copy_of_the_published_file_is_none_wherever_it_lies() {
    let pins = pins("/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let component = fs::read(sdk("1.5.0").join(COMPONENT)).unwrap();
    let path = "/js/@azure/ai-vision-face-ui/FaceLivenessDetector.js";
    let compile = |component: Vec<u8>| {
        let files = AppFiles::new()
            .file("/app.js", format!("import '.{path}'"))
            .unwrap()
            .file(path, component)
            .unwrap();
        Page::builder("<script type=module src=app.js></script>")
            .app_files(files)
            .compile(&verified, &pinned(document(), &pins))
    };
    let page = compile(component.clone()).unwrap();
    let digest = pins.file("FaceLivenessDetector.js").unwrap().digest();
    let checked = format!("\"{path}\":\"{digest}\"");
    assert!(page.html().contains(&checked), "{}", page.html());
    // Of other bytes nobody knows who published them.
    let other = compile([&component, &b"\n"[..]].concat()).unwrap_err();
    assert_eq!(other[0].kind(), PageErrorKind::Bundled);
}

#[test]
fn a_page_that_holds_it_is_one() {
    let pins = pins("/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let html = "<script>customElements.define('azure-ai-vision-face-ui', X)</script>";
    let faults = Page::compile(html, &verified, &pinned(document(), &pins)).unwrap_err();
    let text = faults[0].to_string();
    assert!(
        text.starts_with("line 1, column 1: the inline script: it defines <"),
        "{text}"
    );
}

#[test]
fn to_use_the_element_is_fine() {
    for code in [
        "import './../FaceLivenessDetector.js'; document.createElement('azure-ai-vision-face-ui')",
        "const Check = lazy(() => import('@azure/ai-vision-face-ui').then(() => import('../FaceLivenessDetector.js')))",
        "React.createElement('azure-ai-vision-face-ui', { ref })",
        "jsx(\"azure-ai-vision-face-ui\", {}); customElements.whenDefined('azure-ai-vision-face-ui')",
        "customElements.get('azure-ai-vision-face-ui'); customElements.define('my-check', Wrapper)",
        "document.body.innerHTML = '<azure-ai-vision-face-ui></azure-ai-vision-face-ui>'",
        "// customElements.define('azure-ai-vision-face-ui', X)",
        "app.customElements('azure-ai-vision-face-ui').define('azure-ai-vision-face-ui')",
        "log(\"customElements.define('azure-ai-vision-face-ui', X)\")",
        "customElements.get(n); sap.ui.define('azure-ai-vision-face-ui', ['a'], f)",
    ] {
        assert_eq!(faults(code), [], "{code}");
    }
}
