//! `Reporting-Endpoints` and `Integrity-Policy`.

use tower_visor::header::{
    EndpointName, IntegrityDestination, IntegrityPolicy, ReportingEndpoints,
};

use super::{messages, round_trips};

#[test]
fn endpoints_are_written_sorted() {
    round_trips::<ReportingEndpoints>(&[
        "a=\"/reports\"",
        "a=\"https://a.example/\", b=\"https://b.example:8443/x?y=1\"",
        "a=\"http://localhost:3000/reports\"",
        "a=\"http://127.0.0.1/reports\"",
        "a=\"http://[::1]:80/reports\"",
        "a=\"http://dev.localhost/reports\"",
    ]);
    let endpoints = ReportingEndpoints::new("b", "/b").unwrap();
    let endpoints = endpoints.with("a", "/a").unwrap();
    assert_eq!(endpoints.to_string(), "a=\"/a\", b=\"/b\"");
    assert_eq!(endpoints.get("b"), Some("/b"));
    assert!(endpoints.contains("a") && !endpoints.contains("c"));
    assert_eq!(
        endpoints.with("b", "/c").unwrap_err().to_string(),
        "reporting-endpoints, byte 0: `b` appears twice; remove one, browsers obey the last one"
    );
}

#[test]
fn every_fault_of_an_endpoint_has_its_message() {
    messages::<EndpointName>(&[
        (
            "",
            "reporting-endpoints, byte 0: the name of an endpoint is empty; begin with a lower-case letter and go on with a-z, 0-9, `_`, `-`, `.` or `*`",
        ),
        (
            "1st",
            "reporting-endpoints, byte 0: `1` isn't allowed there in the name of an endpoint; begin with a lower-case letter and go on with a-z, 0-9, `_`, `-`, `.` or `*`",
        ),
        (
            "my endpoint",
            "reporting-endpoints, byte 2: ` ` isn't allowed there in the name of an endpoint; begin with a lower-case letter and go on with a-z, 0-9, `_`, `-`, `.` or `*`",
        ),
    ]);
    messages::<ReportingEndpoints>(&[
        (
            "",
            "reporting-endpoints: the value is empty; write for example `visor=\"/reports\"`",
        ),
        (
            "a=/reports",
            "reporting-endpoints, byte 2: expected start of bare item; write for example `visor=\"/reports\"`",
        ),
        (
            "aa=reports",
            "reporting-endpoints, byte 0: `aa` has no URL in quotes; write for example `visor=\"/reports\"`",
        ),
        (
            "a=\"\"",
            "reporting-endpoints, byte 0: the URL `` is empty; write `https://host/path`, or a path such as `/reports`",
        ),
        (
            "a=\"http://a.example/\"",
            "reporting-endpoints, byte 3: the URL `http://a.example/` is not https; browsers report over https only",
        ),
        (
            "a=\"ftp://a.example/\"",
            "reporting-endpoints, byte 3: the URL `ftp://a.example/` is not https; write `https://host/path`, or a path such as `/reports`",
        ),
        (
            "a=\"//a.example/\"",
            "reporting-endpoints, byte 3: the URL `//a.example/` has no scheme; write `https://host/path`, or a path such as `/reports`",
        ),
        (
            "a=\"reports\"",
            "reporting-endpoints, byte 3: the URL `reports` is neither absolute nor a path; write `https://host/path`, or a path such as `/reports`",
        ),
        (
            "a=\"/reports#top\"",
            "reporting-endpoints, byte 11: the URL `/reports#top` has a fragment; leave it out, it is never sent",
        ),
        (
            "a=\"/my reports\"",
            "reporting-endpoints, byte 6: the URL `/my reports` holds ` `; percent-encode the character",
        ),
        (
            "a=\"https://user@a.example/\"",
            "reporting-endpoints, byte 11: the URL `https://...@a.example/` is malformed: a user name or password; write `https://host/path`, or a path such as `/reports`",
        ),
        (
            "a=\"/a\", a=\"/b\"",
            "reporting-endpoints, byte 8: `a` appears twice; remove one, browsers obey the last one",
        ),
        (
            "a=\"/a\";x=1",
            "reporting-endpoints, byte 0: the parameter `x`; leave it out, and separate members by `, `",
        ),
    ]);
    // Nothing breaks out of the quotes.
    for url in ["/x\"y", "/x\",b=\"/y", "/x\\", "https://a.example/\""] {
        assert!(ReportingEndpoints::new("a", url).is_err(), "{url}");
    }
    assert!(ReportingEndpoints::new("a", "/x\r\nb: c").is_err());
    assert!(ReportingEndpoints::new("a", "http://localhost.evil.example/").is_err());
    assert!(ReportingEndpoints::new("a", "http://127.0.0.1.evil.example/").is_err());
    assert!(ReportingEndpoints::new("a", "https://").is_err());
}

#[test]
fn endpoints_as_browsers_read_them() {
    let read = ReportingEndpoints::effective([
        "a=\"https://a.example/\", b=token, c=(\"/x\")",
        "a=\"/later\", d=\"http://a.example/\", e=\"http://localhost/\"",
    ]);
    let all: Vec<_> = read.iter().collect();
    assert_eq!(all, [("a", "/later"), ("e", "http://localhost/")]);
    assert_eq!(read.ignored(), ["b", "c", "d"]);
    assert_eq!(read.get("a"), Some("/later"));

    // A path needs its one slash.
    let paths = ReportingEndpoints::effective([
        "a=\"/x\", b=\"x\", c=\"//a.example/x\", d=\"ftp://a.example/\", e=\"https:\"",
    ]);
    assert_eq!(paths.iter().collect::<Vec<_>>(), [("a", "/x")]);
    assert_eq!(paths.ignored(), ["b", "c", "d", "e"]);

    let broken = ReportingEndpoints::effective(["a=\"/x\", b=\"/y"]);
    assert_eq!(broken.iter().count(), 0);
    assert_eq!(
        broken.syntax_error().unwrap().to_string(),
        "reporting-endpoints, byte 13: unterminated string; write for example `visor=\"/reports\"`"
    );
}

#[test]
fn integrity_policies() {
    round_trips::<IntegrityPolicy>(&[
        "blocked-destinations=(script)",
        "blocked-destinations=(script style), endpoints=(a b)",
    ]);
    let policy: IntegrityPolicy =
        "endpoints=(b a), sources=(inline), blocked-destinations=(style script)"
            .parse()
            .unwrap();
    assert_eq!(
        policy.to_string(),
        "blocked-destinations=(script style), endpoints=(a b)"
    );
    assert_eq!(
        policy.destinations().collect::<Vec<_>>(),
        [IntegrityDestination::Script, IntegrityDestination::Style]
    );
    let built = IntegrityPolicy::blocking(IntegrityDestination::Style)
        .and(IntegrityDestination::Script)
        .report_to("b".parse().unwrap())
        .report_to("a".parse().unwrap());
    assert_eq!(built, policy);
    assert_eq!(
        IntegrityPolicy::REPORT_ONLY_NAME.as_str(),
        "integrity-policy-report-only"
    );
}

#[test]
fn every_fault_of_an_integrity_policy_has_its_message() {
    messages::<IntegrityPolicy>(&[
        (
            "",
            "integrity-policy: the value is empty; write for example `blocked-destinations=(script)`",
        ),
        (
            "blocked-destinations=script",
            "integrity-policy, byte 0: the value of `blocked-destinations` is not a list; write words in brackets: `blocked-destinations=(script)`",
        ),
        (
            "blocked-destinations=(\"script\")",
            "integrity-policy, byte 22: `\"script\"` is not a plain word; write words without quotes: `blocked-destinations=(script)`",
        ),
        (
            "blocked-destinations=('script')",
            "integrity-policy, byte 22: expected start of bare item; write for example `blocked-destinations=(script)`",
        ),
        (
            "blocked-destinations=(script,style)",
            "integrity-policy, byte 28: expected inner list delimiter (' ' or ')'); write for example `blocked-destinations=(script)`",
        ),
        (
            "blocked-destinations=(script",
            "integrity-policy, byte 28: unterminated inner list; write for example `blocked-destinations=(script)`",
        ),
        (
            "blocked-destinations=(scripts)",
            "integrity-policy, byte 22: unknown destination `scripts`, did you mean `script`?; use script or style",
        ),
        (
            "blocked-destinations=()",
            "integrity-policy, byte 0: the list of `blocked-destinations` is empty; name something, or leave the member out",
        ),
        (
            "blocked-destinations=(script script)",
            "integrity-policy, byte 29: `script` appears twice; remove one, once is enough",
        ),
        (
            "blocked-destinations=(script), blocked-destinations=(style)",
            "integrity-policy, byte 31: `blocked-destinations` appears twice; remove one, browsers obey the last one",
        ),
        (
            "blocked-destination=(script)",
            "integrity-policy, byte 0: unknown member `blocked-destination`, did you mean `blocked-destinations`?; use blocked-destinations, sources or endpoints",
        ),
        (
            "blocked-destinations=(script), sources=(telepathy)",
            "integrity-policy, byte 40: unknown source `telepathy`; use inline",
        ),
        (
            "endpoints=(visor)",
            "integrity-policy: `blocked-destinations` is missing; write for example `blocked-destinations=(script)`",
        ),
        (
            "blocked-destinations=(script), endpoints=(Visor)",
            "integrity-policy, byte 42: `V` isn't allowed there in the name of an endpoint; begin with a lower-case letter and go on with a-z, 0-9, `_`, `-`, `.` or `*`",
        ),
        (
            "blocked-destinations=(script;x)",
            "integrity-policy, byte 0: the parameter `x`; leave it out, and separate members by `, `",
        ),
    ]);
}

#[test]
fn integrity_policies_as_browsers_read_them() {
    use IntegrityDestination::{Script, Style};
    for (values, script, style) in [
        (&["blocked-destinations=(script)"][..], true, false),
        (&["blocked-destinations=(style script)"], true, true),
        (&["blocked-destinations=(script worker)"], true, false),
        (&["blocked-destinations=(script \"style\")"], true, false),
        // Two headers are one dictionary.
        (
            &["blocked-destinations=(script)", "endpoints=(a)"],
            true,
            false,
        ),
        // Of two members the last one counts.
        (
            &["blocked-destinations=(script), blocked-destinations=(style)"],
            false,
            true,
        ),
        (
            &["blocked-destinations=(script), sources=(inline other)"],
            true,
            false,
        ),
        (
            &["blocked-destinations=(script), sources=(other)"],
            false,
            false,
        ),
        (
            &["blocked-destinations=(script), sources=inline"],
            false,
            false,
        ),
        (&["blocked-destinations=(script), sources=()"], false, false),
        (&["blocked-destinations=script"], false, false),
        (&["blocked-destinations"], false, false),
        (&["blocked-destinations=(script), x=("], false, false),
        (&["endpoints=(a)"], false, false),
        (&[], false, false),
    ] {
        let read = IntegrityPolicy::effective(values);
        assert_eq!(
            (read.blocks(Script), read.blocks(Style)),
            (script, style),
            "{values:?}"
        );
    }
    let read = IntegrityPolicy::effective([
        "blocked-destinations=(script worker \"style\"), sources=inline, endpoints=(b a), x=1",
    ]);
    assert_eq!(read.endpoints(), ["b", "a"]);
    assert_eq!(
        read.ignored(),
        [
            "sources: inline",
            "blocked-destinations: \"style\"",
            "blocked-destinations: worker",
            "x"
        ]
    );
}
