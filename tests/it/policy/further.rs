//! Reports, and policies beside the enforced one.

use tower_visor::header::IntegrityPolicy;
use tower_visor::policy::Policy;

use super::{document, faults, strict, warnings};

#[test]
fn further_policies_are_looked_at_too() {
    let hosts = (0..300).map(|n| format!(" https://h{n}.example"));
    let long = format!("img-src{}", hosts.collect::<String>());
    let silent = IntegrityPolicy::scripts();
    let policy = Policy::document(document())
        .additional_csp(long.parse().unwrap())
        .report_only("default-src 'self'; sandbox".parse().unwrap())
        .integrity_policy_report_only(silent);
    assert_eq!(
        warnings(&policy),
        [
            &format!(
                "content-security-policy: the policy is {} bytes long; over 8192 some proxies lose the response",
                long.len()
            ),
            "content-security-policy: sandbox: browsers ignore it in a report-only policy: remove it",
            "content-security-policy: a report-only policy without `report-to` or `report-uri` does nothing: write an endpoint",
            "integrity-policy-report-only: without an endpoint it does nothing: give it the name of the reporting endpoint",
        ]
    );
}

#[test]
fn reports_go_to_an_endpoint_that_exists() {
    let further = "default-src 'none'; report-to elsewhere".parse().unwrap();
    assert_eq!(
        faults(&strict().report_only(further)),
        ["report-to `elsewhere`: the policy has no reporting endpoint; set `reporting`"]
    );
    let integrity = IntegrityPolicy::scripts().report_to("elsewhere".parse().unwrap());
    let policy = strict()
        .reporting("visor", "https://liveness.contoso.example/reports")
        .integrity_policy_report_only(integrity);
    assert_eq!(
        faults(&policy),
        [
            "report-to `elsewhere`: no reporting endpoint of that name; name it `visor`, or set `reporting` to an endpoint called `elsewhere`"
        ]
    );
    assert_eq!(
        faults(&strict().reporting("visor", "http://liveness.contoso.example/reports")),
        [
            "reporting-endpoints, byte 0: the URL `http://liveness.contoso.example/reports` is not https; browsers report over https only"
        ]
    );
}

#[test]
fn further_policies_report_to_the_endpoint_too() {
    let further = || "default-src 'none'; report-to elsewhere".parse().unwrap();
    assert_eq!(
        faults(&strict().additional_csp(further())),
        ["report-to `elsewhere`: the policy has no reporting endpoint; set `reporting`"]
    );
    let known = strict().reporting("elsewhere", "https://liveness.contoso.example/reports");
    assert!(
        known
            .additional_csp(further())
            .report_only(further())
            .compile()
            .is_ok()
    );
}

#[cfg(feature = "nonce")]
#[test]
fn a_nonce_in_a_further_policy_is_not_stored_either() {
    let csp = || "script-src 'nonce-{nonce}'".parse().unwrap();
    let stored = || document().caching(tower_visor::policy::Caching::Revalidate);
    for policy in [
        Policy::document(stored()).additional_csp(csp()),
        Policy::document(stored()).report_only(csp()),
    ] {
        let faults = faults(&policy);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(
            faults[0].starts_with("caching: a page with a nonce"),
            "{faults:?}"
        );
    }
}
