//! What the scripts of a page import, and what is said of it when the page is compiled.

use tower_visor::app::AppFiles;
use tower_visor::csp::DirectiveName;
use tower_visor::errors::Errors;
use tower_visor::page::{Page, PageError, PageErrorKind};

use crate::site::document;
use crate::support::{pinned, pins, sdk};

fn compile(html: &str, scripts: &[(&str, &str)]) -> Result<Page, Errors<PageError>> {
    let pins = pins("/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let files = scripts.iter().fold(AppFiles::new(), |files, (path, code)| {
        files.file(*path, *code).unwrap()
    });
    Page::builder(html)
        .app_files(files)
        .compile(&verified, &pinned(document(), &pins))
}

const HTML: &str = "<script type=module src=app.js></script>";

fn faults(html: &str, scripts: &[(&str, &str)]) -> Vec<String> {
    let faults = compile(html, scripts).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

fn warnings(scripts: &[(&str, &str)]) -> Vec<String> {
    let page = compile(HTML, scripts).unwrap();
    page.warnings().iter().map(ToString::to_string).collect()
}

#[test]
fn the_names_of_the_sdk_lead_to_the_published_component() {
    for name in [
        "@azure/ai-vision-face-ui",
        "@azure/ai-vision-face-ui/FaceLivenessDetector.js",
        "azure-ai-vision-face-ui",
        "azure-ai-vision-face-ui/FaceLivenessDetector.js",
    ] {
        for code in [format!("import '{name}'"), format!("import(`{name}`)")] {
            let page = compile(HTML, &[("/app.js", &code)]).unwrap();
            let entry = format!("\"{name}\":\"/FaceLivenessDetector.js\"");
            assert!(page.html().contains(&entry), "{name}");
        }
    }
    let own = "<script type=importmap>\
        {\"imports\":{\"@azure/ai-vision-face-ui\":\"/app.js\"}}</script>";
    let page = compile(own, &[("/app.js", "")]).unwrap();
    assert!(
        page.html()
            .contains("\"@azure/ai-vision-face-ui\":\"/app.js\"")
    );
}

#[test]
fn a_bare_name_that_nothing_resolves_is_an_error() {
    let bare = "it imports `lit`, a name that nothing resolves: bundle it, or map it to one of your \
        files in the page's import map";
    for code in [
        "import { html } from 'lit'",
        "import x, * as y from\"lit\";",
        "export { a as default, 'b c' as d } from 'lit'",
        "export*from'lit'",
        "import(/* webpackChunkName: 'x' */ `lit`, {})",
        "const a = b => { return /}'/.test(b) ? import('lit') : 1 / 2 }",
        "`${`${import('lit')}`}`",
        "import defer * as lit from 'lit'",
        "import.defer('lit')",
        "import.source('lit')",
    ] {
        assert_eq!(
            faults(HTML, &[("/app.js", code)]),
            [format!("/app.js: {bare}")],
            "{code}"
        );
    }
    let deep = [
        ("/app.js", "import './a/b.js'"),
        ("/a/b.js", "import('../c.mjs')"),
        ("/c.mjs", "import 'lit'"),
    ];
    assert_eq!(faults(HTML, &deep), [format!("/c.mjs: {bare}")]);
    // What no browser fetches keeps the module that needs it from running.
    for specifier in ["node:fs", "virtual:pwa-register", "data:text/javascript,1"] {
        let code = format!("import '{specifier}'");
        let bare = bare.replace("lit", specifier);
        assert_eq!(
            faults(HTML, &[("/app.js", &code)]),
            [format!("/app.js: {bare}")]
        );
    }
    let inline = "<p>\n<script type=module>import 'lit'</script>";
    assert_eq!(
        faults(inline, &[]),
        [format!("line 2, column 1: the inline script: {bare}")]
    );
    let kind = compile(HTML, &[("/app.js", "import 'lit'")]).unwrap_err()[0].kind();
    assert_eq!(kind, PageErrorKind::Unpinned);
}

#[test]
fn a_name_that_a_map_knows_is_resolved() {
    let map = "<script type=importmap>{\"imports\":{\"lit\":\"./lit.js\",\"parts/\":\"./p/\",\
        \"gone\":null},\"scopes\":{\"/a/\":{\"only\":\"/lit.js\"}}}</script>";
    let html = format!("{map}{HTML}");
    let rest = [
        ("/lit.js", ""),
        ("/p/one.js", "import '../p/one.js'"),
        ("/a/x.js", "import 'only'"),
    ];
    let with = |code| [&[("/app.js", code)][..], &rest].concat();
    let good = "import 'lit'; import 'parts/one.js'; import './a/x.js'";
    assert!(compile(&html, &with(good)).is_ok());
    for (code, specifier) in [
        ("import 'only'", "only"),
        ("import 'gone'", "gone"),
        ("import 'lit/x.js'", "lit/x.js"),
        ("import 'parts/../lit.js'", "parts/../lit.js"),
    ] {
        let text = format!("/app.js: it imports `{specifier}`, a name that nothing resolves: ");
        let faults = faults(&html, &with(code));
        assert!(
            faults[0].starts_with(&text) && faults.len() == 1,
            "{faults:?}"
        );
    }
    let lost = faults(&html, &with("import 'parts/two.js'"));
    assert_eq!(
        lost,
        [
            "/app.js: it imports `parts/two.js`, but nothing is served at `/p/two.js`: add the file, \
          or remove the import"
        ]
    );
}

#[test]
fn what_is_no_import_is_none() {
    for code in [
        "// import 'lit'\n/* import 'lit' */",
        "const text = \"import 'lit'\", more = `import('lit')`, re = /import('lit')/",
        "loader.import('lit'); x?.import('lit'); this.import('lit')",
        "({ import: 'lit' }).import; import.meta.url",
        "import(name); import(`lit/${name}`); import('lit' + x)",
        "try { await import('node:fs'); await import('fs/promises'); import('module') } catch {}",
        "export const from = 'lit'; export default 'lit'; export { from }",
        "f(function () { import x from 'lit' })",
        "import('data:text/javascript,1')",
    ] {
        assert!(compile(HTML, &[("/app.js", code)]).is_ok(), "{code}");
    }
    // Nothing loads it.
    let other = [
        ("/app.js", ""),
        ("/other.js", "import 'lit'; import './gone.js'"),
    ];
    assert!(compile(HTML, &other).is_ok());
}

#[test]
fn a_file_that_nobody_serves_is_an_error() {
    for (code, path) in [
        ("import './gone.js'", "/x/gone.js"),
        ("import('../gone.js')", "/gone.js"),
        ("import('/api/gone.js')", "/api/gone.js"),
        (
            "import x from './gone.json' with { type: 'json' }",
            "/x/gone.json",
        ),
        (
            "import 'https://liveness.contoso.example/gone.js'",
            "/gone.js",
        ),
    ] {
        let specifier = code.split('\'').nth(1).unwrap();
        assert_eq!(
            faults("<script src=/x/app.js></script>", &[("/x/app.js", code)]),
            [format!(
                "/x/app.js: it imports `{specifier}`, but nothing is served at `{path}`: add the \
                 file, or remove the import"
            )]
        );
    }
}

#[test]
fn another_origin_has_no_pin() {
    assert_eq!(
        faults(HTML, &[("/app.js", "import 'https://cdn.example/x.js'")]),
        [
            "/app.js: it imports `https://cdn.example/x.js`, which has no pin: serve it yourself, as one of the application's files; what its publisher changes any day (payments, tag managers) belongs in a frame or on another page"
        ]
    );
    assert_eq!(
        warnings(&[("/app.js", "import('//cdn.example/x.js')")]),
        [
            "/app.js: it imports `//cdn.example/x.js` from another origin, and the page refuses what \
          has no pin: serve it yourself"
        ]
    );
}

#[test]
fn another_spelling_is_checked_and_said() {
    let scripts = [
        ("/app.js", "import('./x.js?v=2')"),
        ("/x.js", "import './%78.js'"),
    ];
    let page = compile(HTML, &scripts).unwrap();
    let digest =
        tower_visor::sri::Digest::of(tower_visor::sri::Algorithm::Sha384, b"import './%78.js'");
    for spelling in ["/x.js", "/x.js?v=2", "/%78.js"] {
        let entry = format!("\"{spelling}\":\"{digest}\"");
        assert!(page.html().contains(&entry), "{spelling}");
    }
    assert_eq!(
        warnings(&scripts),
        [
            "/app.js: it imports `./x.js?v=2`, which to browsers is a different module from `/x.js`: \
             it is checked as such, and runs in addition; remove what is appended",
            "/x.js: it imports `./%78.js`, which to browsers is a different module from `/x.js`: it \
             is checked as such, and runs in addition; remove what is appended"
        ]
    );
}

#[test]
fn what_the_page_refuses_is_said_by_file() {
    let scripts = [
        (
            "/app.js",
            "import './lib.js'; navigator.serviceWorker?.register('/sw.js')",
        ),
        (
            "/lib.js",
            "const run = new Function('a', 'b', body); new Function(`return ${x}`)",
        ),
    ];
    assert_eq!(
        warnings(&scripts),
        [
            "/app.js: it registers a service worker, which the page refuses: no browser checks \
             what a worker answers with",
            "/lib.js: it has `Function` with text that is assembled at run time, which the page \
             refuses: if that is ever called, choose a build without it"
        ]
    );
    let silent = "new Function(''); new Function('a', 'return a'); \"function\" != typeof f && (f = new \
        Function('' + f)); // new Function(x)\n/new Function(x)/; navigator.serviceWorker.ready; \
        x.Function(y); 'new Function(x)'";
    assert_eq!(warnings(&[("/app.js", silent)]), [""; 0]);
}

#[test]
fn workers_and_code_of_text_are_said_however_they_are_written() {
    let worker = "/app.js: it starts a worker, which the page refuses: no browser checks the \
         integrity of a worker";
    let code = "/app.js: it has `Function` with text that is assembled at run time, which the page \
         refuses: if that is ever called, choose a build without it";
    let eval = "/app.js: it has `eval` of more than a feature test, which the page refuses: if that is \
         ever called, choose a build without it (in webpack, a `devtool` whose name doesn't begin with \
         `eval`)";
    for (script, expected) in [
        ("const a = new Worker('a.js')", &[worker][..]),
        ("new SharedWorker(url)", &[worker]),
        ("context.audioWorklet.addModule('a.js')", &[worker]),
        ("run = Function('return ' + text)()", &[code]),
        ("new Function(text); Function(text)", &[code]),
        ("(0, eval)(text); eval(`(${text})`)", &[eval]),
        (&*format!("eval('{}')", "a;".repeat(32)), &[eval]),
        (
            "eval('require'); eval('quire'.replace(/^/, 're'))(name); eval()",
            &[],
        ),
        (
            "math.eval(a); function eval(a) {} class A { eval(a) {} } f(eval)",
            &[],
        ),
        ("Worker('a.js'); class Worker {} new Workers(a)", &[]),
    ] {
        assert_eq!(warnings(&[("/app.js", script)]), expected, "{script}");
    }
}

#[test]
fn styles_that_are_added_at_run_time_are_said_until_they_are_allowed() {
    let style = "/app.js: it adds `<style>` elements whose text it puts together at run time, and the \
         page refuses those: where that is called, allow styles of any text with an exception (`dangerous().allow(..)`) for \
         `'unsafe-inline'` in style-src, or choose a build with a style sheet of its own";
    // As Angular, reveal.js, highlight.js and Chart.js have it.
    let adding = [
        "function a(e,t){let n=t.createElement(\"style\");return n.textContent=e,n}",
        "const t=document.createElement(`style`);return e&&e.length>0&&t.appendChild(document.createTextNode(e)),t",
        "(n=document.createElement('style')).type=`text/css`,n.innerHTML=m(`a{b}`,[r])",
        "s=d.createElement('STYLE');s.innerText=`p{color:${c}}`",
        // What makes the element isn't what fills it: naive-ui, Vuetify, PrimeVue, react-style-singleton.
        "function c(e){let t=d.createElement('style');return t.setAttribute('cssr-id',e),t}function f(t,x){t.textContent=x}",
        "n=d.createElement('style'),n.id=e,n.type='text/css',h.append(n)",
        "s=q(i)||d.createElement('style'),s.isConnected||(a(s,{type:'text/css',id:i}))",
        "jsx('style',{nonce:n,dangerouslySetInnerHTML:{__html:css(u)}})",
        "(0,r.jsx)(\"style\",{children:`p{color:${c}}`})",
        "jsx('style',{children:'p{color:' + c + '}'})",
        // As htmx has it.
        "h.insertAdjacentHTML('beforeend','<style'+n+'> .'+c+'{opacity:0}</style>')",
        "r.innerHTML='<style>'+css+'</style>'",
        "r.innerHTML=`<style media=\"print\">p{color:${c}}</style>`",
        // As goober has it, which changes the text.
        "Object.assign(h.appendChild(d.createElement('style')),{innerHTML:' ',id:'g'}).firstChild",
    ];
    for script in adding {
        assert_eq!(warnings(&[("/app.js", script)]), [style], "{script}");
    }
    let silent = [
        // As Emotion has it, which goes on with `insertRule`.
        "function a(e){var t=document.createElement('style');return t.appendChild(document.createTextNode('')),t}\
         class S{insert(e){r.appendChild(document.createTextNode(e))}}",
        // Its hash is in the policy.
        "s=document.createElement('style');s.textContent='p{margin:0}'",
        "s=document.createElement('style');s.textContent==x&&y()",
        "s=document.createElement('p');s.textContent=text",
        "jsx('style',{children:'p{margin:0}'}),jsx('style',{}),jsx('p',{children:c}),f('style',{a:{}})",
        "r.innerHTML='<style>p{margin:0}</style>';$('<style>');'<styled>'+x+'</styled>'",
        // As Emotion and Fluent UI have it for a server.
        "jsx('style',{dangerouslySetInnerHTML:{__html:css}});t.sheet.insertRule(x)",
        // As styled-components and Griffel have it.
        "function c(e){let t=d.createElement('style');return t.setAttribute('data-s',e),t}t.sheet.insertRule(x)",
        // As React has it, for whoever uses its style element.
        "case'style':i=(r.ownerDocument||r).createElement('style'),m(i),p(i,'style',a),b(i,n,r);return i;",
        // As Lit has it, for browsers older than those that check modules.
        "if(c)r.adoptedStyleSheets=l.map(s=>s.sheet);else for(let t of l){let s=document.createElement('style');\
         s.textContent=t.cssText,r.append(s)}",
        "s=document.createElement('style');s.sheet.insertRule(text)",
        "createElement",
        "createElement('style'",
    ];
    for script in silent {
        assert_eq!(warnings(&[("/app.js", script)]), [""; 0], "{script}");
    }

    let pins = pins("/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let reason = "Angular's components, LIV-9".parse().unwrap();
    let policy = pinned(document(), &pins).dangerous().allow(
        DirectiveName::StyleSrc,
        "'unsafe-inline'",
        reason,
    );
    let page = Page::builder(HTML)
        .app_files(AppFiles::new().file("/app.js", adding[0]).unwrap())
        .compile(&verified, &policy)
        .unwrap();
    assert_eq!(page.warnings(), []);
}

#[test]
fn style_attributes_in_a_scripts_markup_are_said_until_they_are_allowed() {
    let hashed = "/app.js: it has markup with `style` attributes, and the page refuses those: where it puts \
         that into the page, allow them by their hashes with an exception (`dangerous().allow(..)`) for `'unsafe-hashes'` in \
         style-src-attr";
    let any = "/app.js: it has markup with `style` attributes that it puts together at run time, and the page \
         refuses those: where it puts that into the page, allow attributes of any text with an exception \
         (`dangerous().allow(..)`) for `'unsafe-inline'` in style-src-attr";
    let each = |n: u32| format!("f('<p style=\"top: {n}px\">');");
    let many = (0..17).map(each).collect::<Vec<_>>().concat();
    let pins = pins("/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    for (script, said, hashes) in [
        (
            "f('<p id=\"a\" style=\"margin: 0\">')",
            &[hashed][..],
            &["margin: 0"][..],
        ),
        (
            "f(`<p style='a: b'>${x}<i class=\"y\"style=\"c: d\">`)",
            &[hashed],
            &["a: b", "c: d"],
        ),
        ("f(`<p style=\"color: ${x}\">`)", &[any], &[]),
        ("f(`<p style=${x}>`)", &[any], &[]),
        // Behind another attribute, whatever that one says.
        (
            "f('<p class=\"style\" title=\"a>b\" style=\"c: d\">')",
            &[hashed],
            &["c: d"],
        ),
        (
            "f(`<p class=\"${x}\" style=\"c: d\">`)",
            &[hashed],
            &["c: d"],
        ),
        (
            "f(`<${tag} class=${`<i class=\"${x}\">`} style=\"c: ${y}\">`)",
            &[any],
            &[],
        ),
        ("f('<p style=\"a: &quot;b\">')", &[any], &[]),
        (&many, &[any], &[]),
        (
            "f('a < b style=\"c\"', '<p data-style=\"x\">', '<styles=\"x\">', '<styler>')",
            &[],
            &[],
        ),
        ("p.style.margin = 0; s = '<p>style=\"a\"'", &[], &[]),
    ] {
        assert_eq!(warnings(&[("/app.js", script)]), said, "{script}");
        let allowed = |source| {
            let reason = "templates of a library, LIV-9".parse().unwrap();
            let directive = DirectiveName::StyleSrcAttr;
            let policy = pinned(document(), &pins)
                .dangerous()
                .allow(directive, source, reason);
            let page = Page::builder(HTML)
                .app_files(AppFiles::new().file("/app.js", script).unwrap())
                .compile(&verified, &policy)
                .unwrap();
            let said: Vec<String> = page.warnings().iter().map(ToString::to_string).collect();
            (said, format!("{:?}", page.policy()))
        };
        let (still, policy) = allowed("'unsafe-hashes'");
        let expected: &[&str] = if said == [any] { said } else { &[] };
        assert_eq!(still, expected, "{script}");
        for text in hashes {
            let digest = tower_visor::sri::Digest::of(pins.algorithm(), text.as_bytes());
            assert!(policy.contains(&digest.to_string()), "{script}: {policy}");
        }
        assert_eq!(allowed("'unsafe-inline'").0, [""; 0], "{script}");
    }
}

#[test]
fn a_policy_for_trusted_types_is_named_until_it_is_allowed() {
    let says = |name: &str, then: &str| {
        format!(
            "/app.js: it creates the Trusted Types policy `{name}`, which the page refuses{then}: \
             allow the name with an exception (`dangerous().allow(..)`) for trusted-types; what such a policy lets through \
             is checked again"
        )
    };
    for (script, expected) in [
        (
            "const t = window.trustedTypes; t?.createPolicy(\"lit-html\", {})",
            says("lit-html", ", so that Lit stops there"),
        ),
        (
            "l.createPolicy(`vue`, rules)",
            says("vue", ", and Vue goes on without it"),
        ),
        ("p = t.createPolicy('mine', {})", says("mine", "")),
        (
            "const i = null, s = 'dompurify' + (i ? '#' + i : ''); try { return t.createPolicy(s, {}) } catch {}",
            says("dompurify", ", and DOMPurify goes on without it"),
        ),
        (
            "el.innerHTML = tt.createPolicy('html', { createHTML: s => s }).createHTML(html)",
            says("html", ", so that Swiper stops there").replace(
                "for trusted-types;",
                "for trusted-types, and `'allow-duplicates'`, because it creates it again each time;",
            ),
        ),
        (
            "trustedTypes.createPolicy('default', {})",
            "/app.js: it creates the Trusted Types policy `default`, which belongs to the page's guard: \
             choose a build without it"
                .to_owned(),
        ),
    ] {
        assert_eq!(warnings(&[("/app.js", script)]), [expected], "{script}");
    }
    assert_eq!(warnings(&[("/app.js", "createPolicy(name, {})")]), [""; 0]);

    let pins = pins("/");
    let verified = pins.verify(sdk("1.5.0")).unwrap();
    let allowing = |names: &[&str], code: &str| -> Vec<String> {
        let policy = pinned(document(), &pins);
        let policy = names.iter().fold(policy, |policy, name| {
            let reason = "of a library, LIV-9".parse().unwrap();
            policy
                .dangerous()
                .allow(DirectiveName::TrustedTypes, name, reason)
        });
        let page = Page::builder(HTML)
            .app_files(AppFiles::new().file("/app.js", code).unwrap())
            .compile(&verified, &policy)
            .unwrap();
        page.warnings().iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        allowing(
            &["lit-html"],
            "t.createPolicy('lit-html', {}); t.createPolicy('vue', {})"
        ),
        [says("vue", ", and Vue goes on without it")]
    );
    // The name alone is not enough to whoever creates it again.
    let again = "t.createPolicy('html', {})";
    assert_eq!(allowing(&["html"], again).len(), 1);
    assert_eq!(allowing(&["html", "'allow-duplicates'"], again), [""; 0]);
}
