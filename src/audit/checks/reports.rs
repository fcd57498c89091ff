//! Reports: is there an endpoint, and does it exist?

use crate::audit::code::codes;
use crate::audit::control::{asvs, pci};
use crate::audit::finding::shown;
use crate::audit::input::{Input, sent};
use crate::audit::sink::Sink;
use crate::audit::{Code, Subject};
use crate::csp::{DirectiveName, EffectivePolicy};
use crate::header::{
    CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, DocumentIsolationPolicy, IntegrityPolicy,
    ReportingEndpoints,
};

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
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    let response = input.response;
    let endpoints = ReportingEndpoints::effective(response.values(ReportingEndpoints::NAME));
    let header = || Subject::header(ReportingEndpoints::NAME);
    if let Some(error) = endpoints.syntax_error() {
        let found = format!("browsers drop the whole header: {error}");
        sink.find(Code::REPORTING_ENDPOINTS_DROPPED, header(), found);
    }
    for name in endpoints.ignored() {
        let found = format!("`{}` is no endpoint: no https URL in quotes", shown(name));
        sink.find(Code::REPORTING_ENDPOINTS_DROPPED, header(), found);
    }
    for (subject, name) in named(input) {
        // Endpoints of the older header count in Chromium; it goes, and is found by itself.
        if endpoints.get(&name).is_none() && sent(response, "report-to").is_none() {
            let found = format!("`{}`", shown(&name));
            sink.find(Code::REPORT_ENDPOINT_UNKNOWN, subject, found);
        }
    }
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
    for header in [IntegrityPolicy::NAME, IntegrityPolicy::REPORT_ONLY_NAME] {
        for name in IntegrityPolicy::effective(response.values(&header)).endpoints() {
            named.push((Subject::header(&header), name.clone()));
        }
    }
    named
}
