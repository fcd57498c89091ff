//! Reports: is there an endpoint, and does it exist?

use serde::Deserialize;

use crate::audit::code::codes;
use crate::audit::control::{asvs, pci};
use crate::audit::finding::shown;
use crate::audit::input::{Input, sent};
use crate::audit::sink::Sink;
use crate::audit::{Code, Subject};
use crate::csp::{DirectiveName, EffectivePolicy};
use crate::header::{
    ConnectionAllowlist, CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy,
    DocumentIsolationPolicy, IntegrityPolicy, ReportingEndpoints, Waict,
};
use crate::url::Host;

codes! {
    REPORTING_MISSING = "reporting-missing", Note,
        "violations of the policy are reported to nobody",
        "send Reporting-Endpoints and name an endpoint in the policy's report-to, and in report-uri for older browsers",
        [asvs("3.4.7"), pci("11.6.1")];
    REPORT_ENDPOINT_UNKNOWN = "report-endpoint-unknown", Low,
        "reports go to an endpoint that Reporting-Endpoints doesn't name",
        "name the endpoint in Reporting-Endpoints of the same response",
        [asvs("3.4.7")];
    REPORTING_ENDPOINTS_DROPPED = "reporting-endpoints-dropped", Low,
        "browsers drop a part of Reporting-Endpoints",
        "write for example: Reporting-Endpoints: visor=\"/reports\"",
        [asvs("3.4.7")];
    REPORT_URI_INVALID = "report-uri-invalid", Low,
        "report-uri names a place to which no browser reports",
        "write the URL of an endpoint there, over https, or leave the directive out",
        [asvs("3.4.7")];
    REPORT_TO_ALONE = "report-to-alone", Note,
        "browsers that don't know report-to report nothing",
        "name the endpoint's URL in report-uri as well: browsers that know report-to ignore it",
        [asvs("3.4.7")];
    NEL_UNREPORTED = "nel-unreported", Low,
        "network errors are reported to nobody",
        "send Report-To with the group that NEL names, or remove NEL",
        [];
}

/// Network Error Logging.
pub(super) const NEL: &str = "nel";

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    let response = input.response;
    let endpoints = ReportingEndpoints::effective(response.values(ReportingEndpoints::NAME));
    let header = || Subject::header(ReportingEndpoints::NAME);
    if let Some(error) = endpoints.syntax_error() {
        let found = format!("browsers drop the whole header: {error}");
        sink.find(Code::REPORTING_ENDPOINTS_DROPPED, header(), found);
    }
    for name in endpoints.ignored() {
        let found = format!(
            "`{}` is not an endpoint: no https URL in quotes",
            shown(name)
        );
        sink.find(Code::REPORTING_ENDPOINTS_DROPPED, header(), found);
    }
    for (subject, name) in named(input) {
        // Endpoints of the older header count in Chromium; it goes, and is found by itself.
        if endpoints.get(&name).is_none() && sent(response, "report-to").is_none() {
            let found = format!("`{}`", shown(&name));
            sink.find(Code::REPORT_ENDPOINT_UNKNOWN, subject, found);
        }
    }
    // Browsers take it over https only (Reporting API, section 3.2). On the developer's own machine
    // nobody minds.
    let page = response.url();
    let is_plain = page.scheme() == "http" && !page.host().is_some_and(Host::is_loopback);
    if is_plain && endpoints.iter().next().is_some() {
        let found = "the page came over http, and browsers take it over https only";
        sink.find(Code::REPORTING_ENDPOINTS_DROPPED, header(), found);
    }
    policies(input, sink);
    network_errors(input, sink);
    let reports = |policy: &EffectivePolicy| {
        policy.report_to().is_some() || policy.directive(DirectiveName::ReportUri).is_some()
    };
    let mut policies = input
        .csp
        .policies()
        .iter()
        .chain(input.report_only.policies());
    if input.profile().is_page() && !input.csp.is_empty() && !policies.any(reports) {
        let subject = Subject::header(http::header::CONTENT_SECURITY_POLICY);
        sink.find(
            Code::REPORTING_MISSING,
            subject,
            "neither report-to nor report-uri",
        );
    }
}

/// What each policy says of where it reports to.
fn policies(input: &Input<'_>, sink: &mut Sink) {
    for (header, list) in [
        (http::header::CONTENT_SECURITY_POLICY, &input.header_csp),
        (
            http::header::CONTENT_SECURITY_POLICY_REPORT_ONLY,
            &input.report_only,
        ),
    ] {
        for policy in list.policies() {
            let subject = || Subject::header(&header);
            let Some(uri) = policy.directive(DirectiveName::ReportUri) else {
                if let Some(name) = policy.report_to() {
                    let found = format!(
                        "`report-to {}` without report-uri: Firefox reports there since 149, Chromium since 96, Safari since 16.4",
                        shown(name)
                    );
                    sink.find(Code::REPORT_TO_ALONE, subject(), found);
                }
                continue;
            };
            if uri.tokens().is_empty() {
                sink.find(Code::REPORT_URI_INVALID, subject(), "`report-uri` is empty");
            }
            for target in uri.tokens() {
                if let Some(why) = unreachable(target, input) {
                    let found = format!("`report-uri {}`: {why}", shown(target));
                    sink.find(Code::REPORT_URI_INVALID, subject(), found);
                }
            }
        }
    }
}

/// Why browsers send no report there.
fn unreachable(target: &str, input: &Input<'_>) -> Option<&'static str> {
    let page = input.response.url();
    let Ok(url) = page.join(target) else {
        return Some("no URL");
    };
    match url.scheme() {
        "https" => None,
        "http" if page.scheme() == "http" || url.host().is_some_and(Host::is_loopback) => None,
        "http" => Some("a page that came over https reports over https only (mixed content)"),
        _ => Some("neither https nor http"),
    }
}

/// `NEL` sends its reports to a group of `Report-To`; `Reporting-Endpoints`, which took that
/// header's place elsewhere, names no groups.
///
/// Specification: [Network Error Logging, section 4](https://w3c.github.io/network-error-logging/#nel-response-header).
fn network_errors(input: &Input<'_>, sink: &mut Sink) {
    #[derive(Deserialize)]
    struct Nel {
        report_to: Option<String>,
        max_age: u64,
    }
    #[derive(Deserialize)]
    struct Group {
        #[serde(rename = "group", default = "default_group")]
        name: String,
        max_age: u64,
        endpoints: Vec<serde::de::IgnoredAny>,
    }
    fn default_group() -> String {
        "default".to_owned()
    }

    let Some(value) = input.response.values(NEL).next() else {
        return;
    };
    let found = match serde_json::from_slice::<Nel>(value) {
        // It takes back what was said before.
        Ok(Nel { max_age: 0, .. }) => return,
        Ok(Nel {
            report_to: Some(wanted),
            ..
        }) => {
            // Several headers and several groups are one list.
            let groups: Vec<&[u8]> = input.response.values("report-to").collect();
            let groups = [b"[", &groups.join(&b',')[..], b"]"].concat();
            let groups: Vec<Group> = serde_json::from_slice(&groups).unwrap_or_default();
            let is_there = |group: &Group| {
                group.name == wanted && group.max_age > 0 && !group.endpoints.is_empty()
            };
            if groups.iter().any(is_there) {
                return;
            }
            format!("Report-To has no group `{}`", shown(&wanted))
        }
        Ok(_) | Err(_) => "no JSON with `report_to` and `max_age`".to_owned(),
    };
    sink.find(Code::NEL_UNREPORTED, Subject::header(NEL), found);
}

/// The endpoints that headers name, each with its place.
fn named(input: &Input<'_>) -> Vec<(Subject, String)> {
    let response = input.response;
    let mut named = Vec::new();
    for (header, list) in [
        (http::header::CONTENT_SECURITY_POLICY, &input.csp),
        (
            http::header::CONTENT_SECURITY_POLICY_REPORT_ONLY,
            &input.report_only,
        ),
    ] {
        for name in list
            .policies()
            .iter()
            .filter_map(EffectivePolicy::report_to)
        {
            named.push((Subject::header(&header), name.to_owned()));
        }
    }
    macro_rules! isolation {
        ($($type:ident),*) => {$(
            for header in [$type::NAME, $type::REPORT_ONLY_NAME] {
                if let Some(name) = $type::effective(response.values(&header)).endpoint() {
                    named.push((Subject::header(&header), name.to_string()));
                }
            }
        )*};
    }
    isolation!(
        CrossOriginOpenerPolicy,
        CrossOriginEmbedderPolicy,
        DocumentIsolationPolicy
    );
    for name in Waict::effective(response.values(Waict::NAME)).endpoints() {
        named.push((Subject::header(Waict::NAME), name.clone()));
    }
    for header in [IntegrityPolicy::NAME, IntegrityPolicy::REPORT_ONLY_NAME] {
        for name in IntegrityPolicy::effective(response.values(&header)).endpoints() {
            named.push((Subject::header(&header), name.clone()));
        }
    }
    for header in [
        ConnectionAllowlist::NAME,
        ConnectionAllowlist::REPORT_ONLY_NAME,
    ] {
        let read = ConnectionAllowlist::effective(response.values(&header));
        if let Some(name) = read.as_ref().and_then(|read| read.endpoint()) {
            named.push((Subject::header(&header), name.to_owned()));
        }
    }
    named
}
