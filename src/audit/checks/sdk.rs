//! The Face Liveness SDK: where it comes from, whether it is what was pinned, how old it is.

use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft, pci};
use crate::audit::finding::{shown, shown_url};
use crate::audit::input::Input;
use crate::audit::loaded::loaded;
use crate::audit::sdk::{Sdk, SdkFile};
use crate::audit::sink::Sink;
use crate::audit::{Code, SdkState, Subject};
use crate::html::{JAVASCRIPT, ScriptKind};
use crate::pins::{ComponentMarks, Pins};
use crate::sdk::layout::{Engine, Layout, content_type};
use crate::sdk::{EvalNeed, SupportLevel, Version};
use crate::sri::Digest;
use crate::url::Url;

codes! {
    SDK_FOREIGN = "sdk-foreign", High,
        "the SDK is loaded from another origin",
        "serve the SDK's files from the page's own origin, pinned",
        [microsoft("sri"), asvs("3.6.1"), pci("6.4.3")];
    FLOATING_VERSION = "floating-version", High,
        "a script's URL names no exact version, so its bytes may change at any time",
        "name an exact version, or better, serve the file yourself",
        [microsoft("sri"), asvs("3.6.1"), pci("6.4.3")];
    SDK_FILE_CHANGED = "sdk-file-changed", High,
        "a file of the SDK is not what was pinned",
        "put the pinned file back, and find out who changed it; after an update run `visor update`",
        [microsoft("sri"), pci("6.4.3"), pci("11.6.1")];
    SDK_FILE_MISSING = "sdk-file-missing", High,
        "a file of the SDK is missing",
        "deploy the whole package: browsers without SIMD need the plain engine, all need the wasm",
        [microsoft("sri")];
    SDK_FILE_TYPE = "sdk-file-type", Medium,
        "a file of the SDK has the wrong content type",
        "send the type that the file's kind needs, `application/wasm` for wasm",
        [asvs("4.1.1")];
    SDK_FILE_UNPINNED = "sdk-file-unpinned", High,
        "a file among the SDK's has no pin",
        "remove it, or pin the package that it belongs to",
        [microsoft("sri"), pci("6.4.3")];
    SDK_BUNDLED = "sdk-bundled", High,
        "the SDK's component was bundled into a script of the application, and no pin covers what runs",
        "leave the package out of the bundle, and let an import map lead to the published file",
        [microsoft("sri"), pci("6.4.3")];
    SDK_ENGINE_UNCHECKED = "sdk-engine-unchecked", High,
        "the component loads its engine at run time, and nothing has browsers check it",
        "compile the page with `Page`, which puts the guard in",
        [microsoft("sri"), pci("6.4.3")];
    SDK_VERSION_SKEW = "sdk-version-skew", High,
        "the component's version differs from that of the pins or the engine",
        "deploy component and assets of the same version, and pin them",
        [microsoft("current")];
    SDK_BLOCKED = "sdk-blocked", High,
        "the service refuses this version of the SDK",
        "update the SDK",
        [microsoft("current"), asvs("15.2.1")];
    SDK_BEHIND = "sdk-behind", Medium,
        "the SDK is behind by a minor or major version",
        "update the SDK: minor versions contain important security and reliability fixes",
        [microsoft("current"), asvs("15.2.1")];
    SDK_BEHIND_PATCH = "sdk-behind-patch", Note,
        "a newer patch of the SDK exists",
        "update the SDK when you next deploy",
        [microsoft("current")];
    SDK_NEEDS_EVAL = "sdk-needs-eval", Medium,
        "this version of the SDK needs 'unsafe-eval'",
        "update to 1.5.0 or newer, or show the check in a frame of its own",
        [microsoft("csp"), microsoft("current")];
}

/// What needs the files and the pins to be looked at.
const AUTHENTIC: &[Code] = &[Code::SDK_FILE_CHANGED, Code::SDK_FILE_UNPINNED];

/// What needs the version and the day.
const VERSION: &[Code] = &[
    Code::SDK_VERSION_SKEW,
    Code::SDK_BLOCKED,
    Code::SDK_BEHIND,
    Code::SDK_BEHIND_PATCH,
];

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    if let Some(document) = &input.document {
        for loaded in loaded(document).filter(|loaded| loaded.kind != "stylesheet") {
            let text = loaded.element.value("src").or(loaded.element.value("href"));
            if text.is_some_and(is_floating) {
                let found = shown_url(&loaded.url);
                sink.find(Code::FLOATING_VERSION, loaded.subject(), found);
            }
        }
    }
    if let Some(pins) = input.context.pins {
        bundled(input, pins, sink);
    }
    let Some(sdk) = &input.sdk else {
        if let (true, Some(_)) = (input.context.pins.is_some(), &input.document) {
            let why = "neither its element nor its component is named in what was read";
            let codes = [AUTHENTIC, VERSION].concat();
            sink.none_of(&codes, "the SDK on this page", why);
        }
        return;
    };
    if let Some(url) = &sdk.component
        && url.origin() != Some(input.response.origin())
    {
        sink.find(Code::SDK_FOREIGN, Subject::resource(url), shown_url(url));
    }
    files(input, sdk, sink);
    engine(sdk, sink);
    version(input, sdk, sink);
}

fn files(input: &Input<'_>, sdk: &Sdk<'_>, sink: &mut Sink) {
    let mut unseen = 0;
    let all = sdk.files();
    for SdkFile { path, url, .. } in &all {
        let Some(resource) = input.resource(url) else {
            unseen += 1;
            continue;
        };
        let subject = Subject::resource(url);
        if !resource.status().is_success() || resource.is_html() {
            let status = resource.status().as_u16();
            let found = format!("{path}: status {status}, {}", resource.media_type());
            sink.find(Code::SDK_FILE_MISSING, subject, shown(&found));
            continue;
        }
        if let Some(wanted) = content_type(path)
            && !is_type(&resource.media_type(), wanted)
        {
            let found = format!("{path}: `{}`", resource.media_type());
            sink.find_with(
                Code::SDK_FILE_TYPE,
                subject.clone(),
                shown(&found),
                format!("send `Content-Type: {wanted}`"),
            );
        }
        let pinned = input.context.pins.and_then(|pins| pins.file(path));
        match (pinned, resource.body()) {
            (Some(file), Some(body)) if !file.digest().matches(body) => {
                let is = Digest::of(file.digest().algorithm(), body);
                let found = format!("{path} is {is}, pinned is {}", file.digest());
                sink.find(Code::SDK_FILE_CHANGED, subject, found);
            }
            (None, _) if input.context.pins.is_some() => {
                sink.find(Code::SDK_FILE_UNPINNED, subject, shown(path));
            }
            _ => {}
        }
    }
    if unseen > 0 {
        let what = format!("{unseen} of {} files of the SDK", all.len());
        sink.none_of(AUTHENTIC, what, "they were not fetched");
    }
    if input.context.pins.is_none() {
        let why = "no pins were given; make them with `visor pin`, and give `visor-lock.json`";
        sink.none_of(
            AUTHENTIC,
            "whether the SDK is what Microsoft published",
            why,
        );
    }
}

/// Does a script of the application hold the component?
fn bundled(input: &Input<'_>, pins: &Pins, sink: &mut Sink) {
    let pin = pins.file(pins.layout().component);
    let is_pinned = |body: &[u8]| pin.is_some_and(|pin| pin.digest().matches(body));
    let scripts = input.context.resources.iter().filter(|resource| {
        resource.status().is_success() && JAVASCRIPT.contains(&resource.media_type().as_str())
    });
    let scripts = scripts.filter_map(|resource| Some((resource.url(), resource.body()?)));
    let (component, others): (Vec<_>, Vec<_>) = scripts.partition(|(_, body)| is_pinned(body));
    let component = component.first().map(|(_, body)| &***body);
    let marks = ComponentMarks::new(pins, component);
    let is_component = |url: &Url| {
        // A changed one is said to be changed.
        url.path().rsplit('/').next() == Some(pins.layout().component)
    };
    for (url, body) in others.into_iter().filter(|(url, _)| !is_component(url)) {
        if let Some(found) = marks.find(&String::from_utf8_lossy(body)) {
            sink.find(
                Code::SDK_BUNDLED,
                Subject::resource(url),
                format!("it {found}"),
            );
        }
    }
    let inline = input
        .document
        .into_iter()
        .flat_map(|document| document.named("script"));
    for script in inline.filter(|script| script.script_kind() != ScriptKind::Data) {
        if let Some(found) = marks.find(&script.text) {
            sink.find(Code::SDK_BUNDLED, script.subject(), format!("it {found}"));
        }
    }
}

/// Is there anything that could give the engine, which the component loads by itself, integrity?
fn engine(sdk: &Sdk<'_>, sink: &mut Sink) {
    for engine in Engine::ALL {
        let path = sdk.layout.engine_script(engine);
        if let Ok(url) = sdk.base.join(&path)
            && sdk.integrity_of(&path, &url).is_none()
        {
            let found = "loaded at run time, without integrity";
            sink.find(Code::SDK_ENGINE_UNCHECKED, Subject::resource(&url), found);
        }
    }
}

fn version(input: &Input<'_>, sdk: &Sdk<'_>, sink: &mut Sink) {
    let pinned = input.context.pins.map(Pins::version);
    if let (Some(pinned), Some(seen)) = (pinned, sdk.seen_version())
        && seen != *pinned
    {
        let found = format!("the component says {seen}, but the pins are for {pinned}");
        sink.find(Code::SDK_VERSION_SKEW, Subject::Response, found);
    }
    if let (Some(seen), Some((path, engine))) = (sdk.seen_version(), sdk.engine_version())
        && seen != engine
    {
        let found = format!("the component says {seen}, but {path} is of {engine}");
        sink.find(Code::SDK_VERSION_SKEW, Subject::Response, found);
    }
    let Some(version) = &sdk.version() else {
        sink.none_of(
            VERSION,
            "the SDK's version",
            "the component was not read, or names none",
        );
        return;
    };
    let releases = input.releases();
    let support = input
        .context
        .today
        .map(|today| releases.support(version, today));
    if support.is_none() {
        sink.none_of(
            VERSION,
            "the age of the SDK",
            "no day was given to judge it by",
        );
    }
    if let Some(support) = &support
        && let Some(code) = support_code(support.level)
    {
        sink.find(code, Subject::Response, support.to_string());
    }
    if releases.needs(version).eval == EvalNeed::Eval {
        sink.find(Code::SDK_NEEDS_EVAL, Subject::Response, version.to_string());
    }
    sink.sdk = Some(SdkState {
        version: version.to_string(),
        support: support.as_ref().map(|support| support.level.as_str()),
        sentence: support.as_ref().map(ToString::to_string),
        releases_as_of: releases.as_of().to_string(),
    });
}

/// `@latest`, `@1`, `@^1.4`: a package on a CDN without an exact version; also the SDK's packages
/// with no version at all.
fn is_floating(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let mut segments = path.split('/').peekable();
    while let Some(segment) = segments.next() {
        let Some((name, version)) = segment.rsplit_once('@') else {
            continue;
        };
        let is_scope = name.is_empty();
        if is_scope {
            // `@azure/ai-vision-face-ui`: the version is at the next segment.
            let package = segments.peek().copied().unwrap_or_default();
            let full = format!("{segment}/{package}");
            let layout = Layout::SCOPED;
            // Below `node_modules` it is a copy of one's own.
            if [layout.component_package, layout.assets_package].contains(&&*full)
                && url.contains("//")
                && !path.contains("node_modules")
            {
                return true;
            }
            continue;
        }
        if !version.is_empty() && version.parse::<Version>().is_err() {
            return true;
        }
    }
    false
}

fn is_type(found: &str, wanted: &str) -> bool {
    let wanted = wanted.split(';').next().unwrap_or_default();
    found == wanted || JAVASCRIPT.contains(&found) && JAVASCRIPT.contains(&wanted)
}

/// What to say of a version that is so far behind.
pub(in crate::audit) const fn support_code(level: SupportLevel) -> Option<Code> {
    match level {
        SupportLevel::Blocked => Some(Code::SDK_BLOCKED),
        SupportLevel::BehindMajor | SupportLevel::BehindMinor => Some(Code::SDK_BEHIND),
        SupportLevel::BehindPatch => Some(Code::SDK_BEHIND_PATCH),
        SupportLevel::Current | SupportLevel::UnknownNewer => None,
    }
}
