//! Cut off from other sites: COOP, COEP, CORP, Document-Isolation-Policy, Origin-Agent-Cluster.

use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft, owasp};
use crate::audit::input::{Input, sent};
use crate::audit::sink::Sink;
use crate::audit::{Code, Profile, Subject};
use crate::csp::{DirectiveName, HostPattern, SourceExpression};
use crate::header::{
    CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, CrossOriginResourcePolicy,
    DocumentIsolationPolicy, EmbedderPolicy, Feature, IsolationPolicy, OpenerPolicy,
    OriginAgentCluster, PermissionsPolicy,
};

codes! {
    COOP_MISSING = "coop-missing", Low,
        "windows of other sites keep a handle on the page",
        "send `Cross-Origin-Opener-Policy: same-origin`",
        [microsoft("headers"), asvs("3.4.8"), owasp("Cross-Origin-Opener-Policy")];
    COOP_DROPPED = "coop-dropped", Medium,
        "browsers drop Cross-Origin-Opener-Policy",
        "send one header with one word in lower case: same-origin",
        [microsoft("headers"), asvs("3.4.8"), owasp("Cross-Origin-Opener-Policy")];
    COEP_MISSING = "coep-missing", Low,
        "other sites' files are loaded into the page's process without their consent",
        "send `Cross-Origin-Embedder-Policy: require-corp`, or credentialless if other sites' files are loaded",
        [owasp("Cross-Origin-Embedder-Policy")];
    COEP_DROPPED = "coep-dropped", Medium,
        "browsers drop Cross-Origin-Embedder-Policy",
        "send one header with one word in lower case: require-corp",
        [owasp("Cross-Origin-Embedder-Policy")];
    CORP_MISSING = "corp-missing", Low,
        "other sites may load the response as their own",
        "send `Cross-Origin-Resource-Policy: same-origin`",
        [asvs("3.5.8"), owasp("Cross-Origin-Resource-Policy")];
    CORP_DROPPED = "corp-dropped", Medium,
        "browsers drop Cross-Origin-Resource-Policy",
        "send one header with one word in lower case: same-origin",
        [asvs("3.5.8"), owasp("Cross-Origin-Resource-Policy")];
    CORP_OPEN = "corp-open", Low,
        "every site may load the answer",
        "send `Cross-Origin-Resource-Policy: same-origin`",
        [asvs("3.5.8"), owasp("Cross-Origin-Resource-Policy")];
    ISOLATION_INCOMPLETE = "isolation-incomplete", Low,
        "the page pays for cross-origin isolation and doesn't get it",
        "send `Cross-Origin-Opener-Policy: same-origin` with Cross-Origin-Embedder-Policy, or leave both out",
        [];
    ISOLATION_CONTRADICTION = "isolation-contradiction", Low,
        "two isolation headers contradict each other",
        "say the same in both, or send one of them",
        [];
    ISOLATION_DROPPED = "isolation-dropped", Low,
        "browsers drop an isolation header",
        "send one header with one value that browsers know",
        [];
    ORIGIN_AGENT_CLUSTER_OFF = "origin-agent-cluster-off", Low,
        "pages on other hosts of the domain may reach into the page",
        "send `Origin-Agent-Cluster: ?1`, or leave the header out",
        [microsoft("headers")];
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    if input.profile().is_page() {
        opener(input, sink);
        embedder(input, sink);
        contradictions(input, sink);
        agent_cluster(input, sink);
    }
    resource(input, sink);
}

fn opener(input: &Input<'_>, sink: &mut Sink) {
    let name = CrossOriginOpenerPolicy::NAME;
    let effective = CrossOriginOpenerPolicy::effective(input.response.values(&name));
    if effective.value() == OpenerPolicy::UnsafeNone {
        let codes = [Code::COOP_MISSING, Code::COOP_DROPPED];
        missing_or_dropped(input, sink, &name, codes);
    }
}

fn embedder(input: &Input<'_>, sink: &mut Sink) {
    let name = CrossOriginEmbedderPolicy::NAME;
    let effective = CrossOriginEmbedderPolicy::effective(input.response.values(&name));
    if effective.value() == EmbedderPolicy::UnsafeNone {
        if sent(input.response, &name).is_none() && is_better_without_embedder(input) {
            return;
        }
        let codes = [Code::COEP_MISSING, Code::COEP_DROPPED];
        missing_or_dropped(input, sink, &name, codes);
    }
}

/// Whether other sites' windows are kept out, and an embedder policy would do nothing, or break
/// what the page says it is for.
fn is_better_without_embedder(input: &Input<'_>) -> bool {
    let opener = input.response.values(CrossOriginOpenerPolicy::NAME);
    match CrossOriginOpenerPolicy::effective(opener).value() {
        // Beside it, no embedder policy isolates.
        OpenerPolicy::SameOriginAllowPopups | OpenerPolicy::NoopenerAllowPopups => true,
        OpenerPolicy::SameOrigin => shows_named_frames_of_others(input),
        _ => false,
    }
}

/// An isolated page shows frames of others only if their servers send an embedder policy too.
fn shows_named_frames_of_others(input: &Input<'_>) -> bool {
    let origin = input.response.origin();
    let is_named = |source: &SourceExpression| {
        let SourceExpression::Host(host) = source else {
            return false;
        };
        matches!(host.host(), HostPattern::Exact(name) if name != origin.host().as_str())
    };
    let policies = input.csp.policies().iter();
    let mut frames = policies
        .filter_map(|policy| policy.governing(DirectiveName::FrameSrc))
        .peekable();
    frames.peek().is_some()
        && frames.all(|frames| frames.in_force(DirectiveName::FrameSrc).any(is_named))
}

/// A header whose default is `unsafe-none`: it is missing, says so itself, or was dropped.
fn missing_or_dropped(
    input: &Input<'_>,
    sink: &mut Sink,
    name: &http::HeaderName,
    [missing, dropped]: [Code; 2],
) {
    let subject = Subject::header(name);
    match sent(input.response, name) {
        None => sink.find(missing, subject, "not sent"),
        // Item and parameters: `unsafe-none; report-to="x"` is obeyed as well.
        Some(value) if value.split(';').next().map(str::trim) == Some("unsafe-none") => {
            sink.find(missing, subject, format!("`{value}`"));
        }
        Some(value) => sink.dropped(dropped, subject, &value),
    }
}

fn resource(input: &Input<'_>, sink: &mut Sink) {
    let name = CrossOriginResourcePolicy::NAME;
    let subject = || Subject::header(&name);
    let value = sent(input.response, &name);
    let effective = CrossOriginResourcePolicy::effective(input.response.values(&name));
    match (effective, value) {
        (None, None) => sink.find(Code::CORP_MISSING, subject(), "not sent"),
        (None, Some(value)) => sink.dropped(Code::CORP_DROPPED, subject(), &value),
        (Some(CrossOriginResourcePolicy::CrossOrigin), _) if input.profile() == Profile::Api => {
            sink.find(Code::CORP_OPEN, subject(), "`cross-origin`");
        }
        _ => {}
    }
}

fn contradictions(input: &Input<'_>, sink: &mut Sink) {
    let response = input.response;
    let embedder =
        CrossOriginEmbedderPolicy::effective(response.values(CrossOriginEmbedderPolicy::NAME));
    let opener = CrossOriginOpenerPolicy::effective(response.values(CrossOriginOpenerPolicy::NAME));
    let document =
        DocumentIsolationPolicy::effective(response.values(DocumentIsolationPolicy::NAME));
    let (embedder, opener, document) = (embedder.value(), opener.value(), document.value());
    let is_isolating = embedder != EmbedderPolicy::UnsafeNone;
    if is_isolating && opener != OpenerPolicy::SameOrigin && document == IsolationPolicy::None {
        let found = format!("`{embedder}`, and Cross-Origin-Opener-Policy is `{opener}`");
        let subject = Subject::header(CrossOriginEmbedderPolicy::NAME);
        sink.find(Code::ISOLATION_INCOMPLETE, subject, found);
    }
    let permissions = PermissionsPolicy::effective(response.values(PermissionsPolicy::NAME));
    let isolated = permissions.allowlist(Feature::CrossOriginIsolated);
    if is_isolating && isolated.is_some_and(|allowlist| !allowlist.allows_self()) {
        let found = format!(
            "cross-origin-isolated=() together with Cross-Origin-Embedder-Policy `{embedder}`"
        );
        let subject = Subject::header(PermissionsPolicy::NAME);
        sink.find(Code::ISOLATION_INCOMPLETE, subject, found);
    }
    let contradicts = matches!(
        (document, embedder),
        (
            IsolationPolicy::IsolateAndCredentialless,
            EmbedderPolicy::RequireCorp
        ) | (
            IsolationPolicy::IsolateAndRequireCorp,
            EmbedderPolicy::Credentialless
        )
    );
    let subject = || Subject::header(DocumentIsolationPolicy::NAME);
    if contradicts {
        let found = format!("`{document}`, and Cross-Origin-Embedder-Policy is `{embedder}`");
        sink.find(Code::ISOLATION_CONTRADICTION, subject(), found);
    }
    if document == IsolationPolicy::None
        && let Some(value) = sent(response, DocumentIsolationPolicy::NAME)
        && value.split(';').next().map(str::trim) != Some("none")
    {
        sink.dropped(Code::ISOLATION_DROPPED, subject(), &value);
    }
}

fn agent_cluster(input: &Input<'_>, sink: &mut Sink) {
    let name = OriginAgentCluster::NAME;
    let Some(value) = sent(input.response, &name) else {
        return;
    };
    let subject = Subject::header(&name);
    match OriginAgentCluster::effective(input.response.values(&name)) {
        Some(OriginAgentCluster::OriginKeyed) => {}
        Some(OriginAgentCluster::SiteKeyed) => {
            let found = format!("`{value}`");
            sink.find(Code::ORIGIN_AGENT_CLUSTER_OFF, subject, found);
        }
        None => sink.dropped(Code::ISOLATION_DROPPED, subject, &value),
    }
}
