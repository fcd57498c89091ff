//! The audit of a page as a real browser received it.

use std::collections::{BTreeMap, BTreeSet};

use super::code::codes;
use super::control::pci;
use super::finding::{address, shown};
use super::input::Input;
use super::judge::audit;
use super::observation::{BrokenRule, Observation, SeenScript, UnseenMatter};
use super::received::{Accounted, Received};
use super::sink::Sink;
use super::vouching::Vouching;
use super::{Code, Context, Profile, Report, Response, Subject, differences};
use crate::csp::{EffectiveDirective, EffectivePolicy, HostPattern, SourceExpression};
use crate::pins::{PinnedFile, Pins};
use crate::url::Url;

codes! {
    RECEIVED_FILE_CHANGED = "received-file-changed", High,
        "the browser got different bytes for a pinned file",
        "find out who changes it on its way: a cache, a CDN, a proxy; after an update run `visor update`",
        [pci("6.4.3"), pci("11.6.1")];
    SCRIPT_UNVOUCHED = "script-unvouched", High,
        "code ran whose bytes nothing vouches for",
        "pin it, give its element an `integrity`, or allow it by its hash; what you have looked at is approved with `--baseline FILE --write-baseline`",
        [pci("6.4.3")];
    SCRIPT_UNOWNED = "script-unowned", Low,
        "code ran that the inventory doesn't name",
        "add it to the file of owners with its justification, or remove it from the page",
        [pci("6.4.3")];
    SERVICE_WORKER_SEEN = "service-worker-seen", High,
        "a service worker can answer every request of the page",
        "unregister it, and have `ClearSiteData::reclaim_origin` sent once; one that belongs there is approved with `--baseline FILE --write-baseline`",
        [pci("11.6.1")];
    HOST_UNNAMED = "host-unnamed", Medium,
        "the page contacted a host that its policy doesn't name",
        "name the host in the policy, or stop whatever contacts it; one that belongs there is approved with `--baseline FILE --write-baseline`",
        [pci("6.4.3")];
    POLICY_VIOLATED = "policy-violated", Medium,
        "the browser refused something that the page tried",
        "find out what tried it: an injected script, or something of yours that the policy has to allow",
        [pci("11.6.1")];
}

/// Judges a page as a browser received it: everything that ran against the pins
/// ([`Context::pins`]), the page's own integrity and what was approved ([`Context::approved`]); hosts
/// against the policy; headers by the checks of [`audit`]; and what the browser got against what a
/// plain request got ([`Context::plain`], [`Context::resources`]).
///
/// A pure function, as [`audit`] is.
///
/// ```
/// use tower_visor::audit::{Code, Context, Observation, Profile, RanKind, SeenScript, observed};
///
/// let page = "https://example.com/";
/// let mut seen = Observation::new("Firefox", "153.7", "2026-11-26T21:04:05Z", page);
/// let mut script = SeenScript::new(RanKind::Script, "https://tags.example/a.js", page);
/// script.content(b"track()");
/// seen.scripts.push(script);
/// let report = observed(&seen, &Context::new(Profile::Document));
/// let found = report.of(Code::SCRIPT_UNVOUCHED).next().unwrap();
/// assert_eq!(found.subject.to_string(), "https://tags.example/a.js");
/// ```
pub fn observed(seen: &Observation, context: &Context<'_>) -> Report {
    let mut report = Report::empty(context.today);
    report.relaxed.clone_from(&context.relaxed);
    let mut sink = Sink::new(seen.url.clone());
    let page = seen.page();
    let page_response = page.and_then(|page| page.response().ok());
    if page_response.is_none() {
        let codes = [CODES, differences::CODES].concat();
        sink.none_of(
            &codes,
            "the page as received",
            "the browser got no document",
        );
    }
    let mut documents: Vec<(Response, Context<'_>)> = Vec::new();
    for document in &seen.documents {
        let is_page = page.is_some_and(|page| std::ptr::eq(page, document));
        let (true, Ok(response)) = (is_page || document.frame_of.is_some(), document.response())
        else {
            continue;
        };
        let own = page_response.as_ref().map(Response::origin);
        if is_page {
            documents.push((response, context.clone()));
        } else if own == Some(response.origin()) {
            let mut frame = context.clone();
            frame.profile = Profile::Document;
            documents.push((response, frame));
        } else {
            let what = format!("the frame {}", shown(&document.url));
            sink.not_checked(what, "it is another origin's; audit it there");
        }
    }
    for (response, context) in &documents {
        let mut judged = audit(response, context);
        judged.responses.clear();
        judged.inventory.clear();
        report = report.and(judged);
    }
    let inputs = documents.iter();
    let inputs: Vec<Input<'_>> = inputs
        .map(|(page, context)| Input::new(page, context))
        .collect();
    let vouching = Vouching::new(&inputs, context);
    let inventory = scripts(seen, &vouching, context, &mut sink);
    if let Some(page) = &page_response {
        pinned(seen, page, context, &mut sink);
        hosts(seen, page, &inputs, context, &mut sink);
        match context.plain {
            Some(plain) => differences::find(seen, plain, page, context, &mut sink),
            None => sink.none_of(
                differences::CODES,
                "whether a plain request gets the same page",
                "none was made, or its answer was not given",
            ),
        }
    }
    workers(seen, context, &mut sink);
    violations(seen, &mut sink);
    for unseen in &seen.unseen {
        let codes = match unseen.about {
            UnseenMatter::Code => &[
                Code::SCRIPT_UNVOUCHED,
                Code::SCRIPT_UNOWNED,
                Code::SCRIPT_DRIFT,
            ][..],
            UnseenMatter::Other => &[],
        };
        sink.none_of(codes, shown(&unseen.what), shown(&unseen.why));
    }
    if context.owners.is_none() {
        let why = "no file of owners was given; `--scripts FILE` names one";
        let what = "who owns each script, and why it is there";
        sink.none_of(&[Code::SCRIPT_UNOWNED], what, why);
    }
    let mut own = Report::empty(context.today);
    let mut kept = seen.clone();
    for document in &mut kept.documents {
        document.body = None;
        for (name, value) in &mut document.headers {
            *value = Report::without_cookie(name, value);
        }
    }
    own.received = Some(Box::new(Received {
        seen: kept,
        inventory,
    }));
    own.finish(sink, context);
    report.and(own)
}

/// Everything that ran, each once, and who answers for it.
fn scripts(
    seen: &Observation,
    vouching: &Vouching<'_>,
    context: &Context<'_>,
    sink: &mut Sink,
) -> Vec<Accounted> {
    let mut known = BTreeSet::new();
    let mut inventory = Vec::new();
    for script in &seen.scripts {
        if !known.insert((script.place(), script.digest())) {
            continue;
        }
        let digests: Vec<String> = script.digests.iter().map(ToString::to_string).collect();
        let pins = context.pins.into_iter().flat_map(Pins::files);
        let mut pins = pins.filter(|file| script.digests.contains(&file.digest()));
        let pin = pins.next();
        let owner = context
            .owners
            .and_then(|owners| owners.of(&script.url, &digests));
        let package = |file: &PinnedFile| format!("{}, Face Liveness SDK", file.package());
        let one = Accounted {
            script: script.clone(),
            vouched: vouching.of(script),
            owner: owner.map(|owner| owner.owner.clone()),
            justification: owner
                .map(|owner| owner.justification.clone())
                .or_else(|| pin.map(package)),
        };
        if one.vouched.is_none() {
            let subject = subject(script);
            sink.find(Code::SCRIPT_UNVOUCHED, subject, description(script));
        }
        if context.owners.is_some() && one.justification.is_none() {
            sink.find(Code::SCRIPT_UNOWNED, subject(script), description(script));
        }
        inventory.push(one);
    }
    inventory
}

fn subject(script: &SeenScript) -> Subject {
    Subject::Resource {
        url: shown(&script.whence()),
    }
}

/// `inline, 12 bytes, sha384-..., started by the document`.
fn description(script: &SeenScript) -> String {
    let mut text = script.kind.to_string();
    if let Some(bytes) = script.bytes {
        text = format!("{text}, {bytes} bytes, {}", script.digest());
    } else {
        text.push_str(", its bytes were not seen");
    }
    if let Some(starter) = &script.started_by {
        text = format!("{text}, started by {}", shown(starter));
    }
    text
}

/// Pinned files, whether they ran or not.
fn pinned(seen: &Observation, page: &Response, context: &Context<'_>, sink: &mut Sink) {
    let Some(pins) = context.pins else {
        return;
    };
    let ran = seen.scripts.iter();
    let ran = ran.map(|script| (&script.url, &script.digests, "it ran"));
    let got = seen.files.iter().map(|file| {
        // An engine may tell of an integrity that doesn't match apart from the request.
        let mut rules = seen.violations.iter();
        let is_refused = file.failure.is_some()
            || rules.any(|rule| is_of_bytes(rule) && rule.blocked == file.url);
        let state = if is_refused {
            "the browser refused it"
        } else {
            "the browser took it"
        };
        (&file.url, &file.digests, state)
    });
    let mut known = BTreeSet::new();
    for (url, digests, state) in ran.chain(got) {
        let Ok(url) = Url::effective(url) else {
            continue;
        };
        let file = pins.served(url.path());
        let file = file.filter(|_| url.origin() == Some(page.origin()));
        let (Some(file), false) = (file, digests.is_empty()) else {
            continue;
        };
        let is_other = !digests.contains(&file.digest());
        if is_other && known.insert(url.without_query().to_string()) {
            let algorithm = file.digest().algorithm();
            let mut same = digests.iter();
            let got = same.find(|digest| digest.algorithm() == algorithm);
            let got = got.map_or_else(|| "other bytes".to_owned(), ToString::to_string);
            let found = format!("got {got}, pinned is {}; {state}", file.digest());
            sink.find(Code::RECEIVED_FILE_CHANGED, Subject::resource(&url), found);
        }
    }
}

/// Hosts that were asked, and that neither the policy names nor anybody approved.
fn hosts(
    seen: &Observation,
    page: &Response,
    documents: &[Input<'_>],
    context: &Context<'_>,
    sink: &mut Sink,
) {
    let mut asked: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
    for file in &seen.files {
        // What was blocked before it was sent asked nobody.
        let is_sent = file.status.is_some() || file.failure.is_none();
        let Some(url) = Url::effective(&file.url).ok().filter(|_| is_sent) else {
            continue;
        };
        let Some(origin) = url.origin().filter(|origin| *origin != page.origin()) else {
            continue;
        };
        let endpoint = context.endpoint.as_ref().and_then(Url::origin);
        let host = origin.host().as_str();
        let is_named = documents.iter().any(|input| names(input, host));
        let is_approved = context
            .approved
            .is_some_and(|baseline| baseline.approves_host(&origin.to_string()));
        if endpoint != Some(origin) && !is_named && !is_approved {
            let kinds = asked.entry(origin.to_string()).or_default();
            *kinds.entry(&file.kind).or_default() += 1;
        }
    }
    for (origin, kinds) in asked {
        let kinds = kinds
            .iter()
            .map(|(kind, count)| format!("{count} {}", shown(kind)));
        let found = kinds.collect::<Vec<_>>().join(", ");
        sink.find(Code::HOST_UNNAMED, Subject::Resource { url: origin }, found);
    }
}

/// Whether a policy names the host itself, or the domain that it is in; `*` and `https:` name none.
fn names(input: &Input<'_>, host: &str) -> bool {
    let directives = input.csp.policies().iter();
    let directives = directives.flat_map(EffectivePolicy::directives);
    let mut sources = directives.flat_map(EffectiveDirective::sources);
    sources.any(|source| match source {
        SourceExpression::Host(source) => match source.host() {
            HostPattern::Any => false,
            HostPattern::Exact(name) => name == host,
            HostPattern::Subdomains(domain) => host
                .strip_suffix(domain.as_str())
                .is_some_and(|rest| rest.ends_with('.')),
        },
        _ => false,
    })
}

/// Whether a file was refused for its bytes, by an `integrity` or by its `Unencoded-Digest`.
fn is_of_bytes(rule: &BrokenRule) -> bool {
    matches!(&*rule.directive, "integrity" | "unencoded-digest")
}

fn workers(seen: &Observation, context: &Context<'_>, sink: &mut Sink) {
    for worker in &seen.workers {
        let url = Observation::address(&worker.url);
        let is_approved = context
            .approved
            .is_some_and(|baseline| baseline.approves_worker(&url));
        if worker.kind != "service-worker" || is_approved {
            continue;
        }
        let scope = worker.scope.as_deref().map(Observation::address);
        let found = scope.map_or_else(
            || "registered".to_owned(),
            |scope| format!("registered for {}", shown(&scope)),
        );
        sink.find(Code::SERVICE_WORKER_SEEN, Subject::Resource { url }, found);
    }
}

fn violations(seen: &Observation, sink: &mut Sink) {
    for rule in &seen.violations {
        let subject = match &rule.source {
            Some(source) => Subject::Resource { url: shown(source) },
            None => Subject::Response,
        };
        let what = match Url::effective(&rule.blocked) {
            Ok(url) => address(&url),
            Err(_) => rule.blocked.clone(),
        };
        let verb = if rule.disposition == "report" {
            "would block"
        } else {
            "blocked"
        };
        let found = format!("{} {verb} {}", shown(&rule.directive), shown(&what));
        sink.find(Code::POLICY_VIOLATED, subject, found);
    }
}
