//! Audits of whatever a server sends.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::json;
use tower_visor::audit::{
    Baseline, Code, Context, Exception, Probes, Profile, Report, Response, Visit, Waivers, audit,
    simulate,
};
use tower_visor::csp::PolicyList;
use tower_visor::pins::Pins;

use super::{is_message, rendered, seeds};

/// Stands where no report may show what stands there.
const SECRET: &str = "hunter2hunter2";

const ENDPOINT: &str = "https://contoso.cognitiveservices.azure.com";

fn pins() -> &'static Pins {
    static PINS: OnceLock<Pins> = OnceLock::new();
    PINS.get_or_init(|| Pins::scan(seeds::fixtures().join("sdk/1.5.0")).expect("the stand-in"))
}

/// A line of options, then responses as they stand on the wire, with the address for the protocol's
/// version; a record separator ends each. The first is the page, others are what it loads.
pub fn run(data: &[u8]) {
    let line_end = data.iter().position(|byte| *byte == b'\n');
    let (options, rest) = data.split_at(line_end.unwrap_or(data.len()));
    let options = String::from_utf8_lossy(options);
    let options: Vec<&str> = options.split_ascii_whitespace().take(8).collect();
    let has_secret =
        options.contains(&"secret") && !String::from_utf8_lossy(data).contains(&SECRET[..8]);
    let rest = rest.strip_prefix(b"\n").unwrap_or(rest);
    let mut responses = rest.split(|byte| *byte == 0x1e).take(6);
    let page = responses.next().unwrap_or_default();
    let page = response(page, has_secret);
    let resources: Vec<Response> = responses.map(|text| response(text, has_secret)).collect();
    let context = context(&options).resources(&resources);
    let report = audit(&page, &context);
    assert_eq!(report, audit(&page, &context));
    is_sound(&report, has_secret);
    is_waived(&page, &context, &report);
    is_approved(&resources, &context, &report, has_secret);

    is_visited(&page, &resources, &context, has_secret);
    let strict = PolicyList::effective(["default-src 'none'"]);
    let own = PolicyList::effective(page.values("content-security-policy"));
    for policies in [strict, own] {
        for blocked in simulate(&page, &policies, &context) {
            let line = blocked.to_string();
            assert!(!line.contains('\n'), "{line:?}");
            assert!(blocked.policy >= 1 && blocked.policy <= policies.policies().len());
        }
    }
}

/// What is known beside the response, from words.
fn context(options: &[&str]) -> Context<'static> {
    let mut profile = Profile::Liveness;
    let mut waivers = Vec::new();
    for option in options {
        match option.parse::<Profile>() {
            Ok(named) => profile = named,
            Err(error) => is_message(&error),
        }
        if let Some(code) = option.strip_prefix("waive=") {
            let (code, place) = code
                .split_once('@')
                .map_or((code, None), |(a, b)| (a, Some(b)));
            waivers.push((code, place, "we know"));
        }
    }
    let mut context = Context::new(profile);
    if options.contains(&"pins") {
        context = context.pins(pins());
    }
    if options.contains(&"day") {
        context = context.today("2026-11-23".parse().expect("a day"));
    }
    if options.contains(&"endpoint") {
        context = context.endpoint(ENDPOINT.parse().expect("a URL"));
    }
    if options.contains(&"relaxed") {
        context = context.relaxed([Exception::new("img-src https:", "pictures")]);
    }
    match Waivers::new(waivers) {
        Ok(waivers) => context.waivers(waivers),
        Err(errors) => {
            super::are_messages(&errors);
            context
        }
    }
}

/// A status line, headers, and after an empty line the body; what can't be sent is left out.
fn response(text: &[u8], has_secret: bool) -> Response {
    let (head, body) = match text.windows(2).position(|two| two == b"\n\n") {
        Some(at) => (&text[..at], Some(Bytes::copy_from_slice(&text[at + 2..]))),
        None => (text, None),
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = String::from_utf8_lossy(lines.next().unwrap_or_default());
    let (status, url) = first.split_once(' ').unwrap_or((&first, ""));
    let (mut parts, ()) = http::Response::new(()).into_parts();
    parts.status = StatusCode::from_bytes(status.as_bytes()).unwrap_or_default();
    for line in lines.take(64) {
        let at = line
            .iter()
            .position(|byte| *byte == b':')
            .unwrap_or(line.len());
        let value = line.get(at + 1..).unwrap_or_default().trim_ascii();
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(&line[..at]),
            HeaderValue::from_bytes(value),
        ) {
            parts.headers.append(name, value);
        }
    }
    let mut url = url.to_owned();
    if has_secret {
        let cookie = format!("session={SECRET}; Path=/");
        let cookie = HeaderValue::try_from(cookie).expect("ASCII");
        parts.headers.append("set-cookie", cookie);
        url = format!(
            "{}?token={SECRET}#{SECRET}",
            url.split(['?', '#']).next().unwrap_or("")
        );
    }
    Response::new(&url, parts.clone(), body.clone()).unwrap_or_else(|error| {
        is_message(&error);
        Response::new("https://example.com/", parts, body).expect("a URL")
    })
}

/// What holds for every report.
fn is_sound(report: &Report, has_secret: bool) {
    static CODES: OnceLock<BTreeSet<Code>> = OnceLock::new();
    let documented = CODES.get_or_init(|| {
        let explained = |code: &Code| code.explanation().contains("Fix: ");
        Code::all().filter(explained).collect()
    });
    let all = report.findings.iter();
    for finding in all.chain(report.waived.iter().map(|waived| &waived.finding)) {
        assert!(documented.contains(&finding.code), "{}", finding.code);
        assert_eq!(finding.severity, finding.code.severity());
        assert!(!finding.found.is_empty() && !finding.help.is_empty());
        assert!(
            !finding.found.contains(char::is_control),
            "{:?}",
            finding.found
        );
    }
    let severities = report.findings.iter().map(|finding| finding.severity);
    assert!(severities.clone().rev().is_sorted(), "the worst come first");
    assert_eq!(report.worst(), severities.max());
    let texts = rendered::holds(report);
    if has_secret {
        assert!(
            texts.iter().all(|text| !text.contains(SECRET)),
            "{}",
            texts[0]
        );
    }
}

/// A waiver for each code that was found accepts everything, and nothing is lost.
fn is_waived(page: &Response, context: &Context<'_>, report: &Report) {
    let mut codes = report.codes();
    codes.extend(report.waived.iter().map(|waived| waived.finding.code));
    let rows = codes.iter().map(|code| (code.as_str(), None, " we know "));
    let waivers = Waivers::new(rows).expect("codes that there are");
    // As they would stand in a file.
    let list: Vec<_> = waivers.iter().collect();
    let file = toml::to_string(&json!({"waiver": list})).expect("TOML");
    assert_eq!(
        toml::from_str::<Waivers>(&file).expect("what was written"),
        waivers
    );
    let accepted = audit(page, &context.clone().waivers(waivers));
    assert_eq!(accepted.findings, []);
    assert_eq!(accepted.unused_waivers, []);
    assert_eq!(
        accepted.waived.len(),
        report.findings.len() + report.waived.len()
    );
    rendered::holds(&accepted);
}

/// An approved state is written and read, and differs from another one only.
fn is_approved(resources: &[Response], context: &Context<'_>, report: &Report, has_secret: bool) {
    let baseline = Baseline::of(report);
    let file = serde_json::to_string_pretty(&baseline).expect("JSON");
    assert!(!has_secret || !file.contains(SECRET), "{file}");
    let baseline: Baseline = serde_json::from_str(&file).expect("what was written");
    assert_eq!(baseline, Baseline::of(report));
    let same = report.clone().against(&baseline, context);
    assert_eq!(same.findings, report.findings);
    assert_eq!(same.waived, report.waived);
    let Some(other) = resources.first() else {
        return;
    };
    // The same address with other headers and another body.
    let drifted = audit(other, context);
    let is_same = Baseline::of(&drifted) == baseline;
    let count = drifted.findings.len() + drifted.waived.len() + drifted.not_checked.len();
    let against = drifted.against(&baseline, context);
    let now = against.findings.len() + against.waived.len() + against.not_checked.len();
    assert_eq!(is_same, now == count, "a difference was not told");
    is_sound(&against, has_secret);
}

/// Whatever comes, redirects too, a visit ends, asks for no file twice, and gives a report.
fn is_visited(page: &Response, resources: &[Response], context: &Context<'_>, has_secret: bool) {
    let mut answers = resources.iter().cycle();
    let mut visit = Visit::new(page.url().clone(), &context.clone().resources(&[]));
    visit = visit.probes(Probes::All);
    let mut fetches = 0;
    let mut asked = BTreeSet::new();
    let mut last = 0;
    while let Some(fetch) = visit.next_fetch() {
        fetches += 1;
        assert!(fetches < 10_000, "no end");
        assert!(["http", "https"].contains(&fetch.url.scheme()));
        let is_new = asked.insert((fetch.url.to_string(), fetch.probe()));
        // A redirect may lead where a file is.
        assert!(is_new || (300..400).contains(&last), "{} twice", fetch.url);
        let answer = if fetches == 1 {
            Some(page)
        } else {
            answers.next()
        };
        last = answer.map_or(0, |answer| answer.status().as_u16());
        match (answer, fetch.probe()) {
            (_, Some("unknown path")) => {
                visit.answer(fetch, Err("it closed\nthe connection\u{1b}[2J".to_owned()));
            }
            (Some(answer), _) => visit.answer(fetch, Ok(answer.clone())),
            (None, _) => visit.leave(fetch, "nothing\nof that"),
        }
    }
    match visit.report() {
        Ok(report) => is_sound(&report, has_secret),
        Err(error) => {
            is_message(&error);
            assert!(!has_secret || !error.to_string().contains(SECRET));
        }
    }
}

const SEEDS: [&str; 14] = [
    "liveness\n200 https://example.com/check\ncontent-type: text/html; charset=utf-8\n\n<!doctype html><title>Check</title><script src=/app.js></script>",
    "document secret relaxed\n200 http://example.com/\ncontent-type: text/html\ncontent-security-policy: default-src 'self' 'unsafe-inline'; img-src https:\nset-cookie: a=b; SameSite=None\n\n<!doctype html><base href=//x><img src=a onclick=b()><a href=javascript:c()>\x1e200 https://example.com/x\ncontent-type: text/html\n\n<script>eval(1)</script>",
    "api secret\n200 https://example.com/api/session\ncontent-type: application/json\ncache-control: public, max-age=60\naccess-control-allow-origin: *\naccess-control-allow-credentials: true\n\n{\"authToken\": \"eyJhbGciOi.eyJzdWIi.c2ln\", \"sessionId\": \"1\"}",
    "asset\n200 https://example.com/facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.wasm\ncontent-type: application/wasm\ncache-control: no-store\n\n\0asm\x01\0\0\0",
    "liveness pins day endpoint\n200 https://contoso.example/\ncontent-type: text/html\ncontent-security-policy: script-src 'nonce-MTIzNDU2Nzg=' 'strict-dynamic'; report-uri /r; report-to x\nreporting-endpoints: x=\"/r\"\npermissions-policy: camera=(self), microphone=*\n\n<script nonce=MTIzNDU2Nzg= type=module src=app.js></script>\x1e200 https://contoso.example/app.js\ncontent-type: text/javascript\n\nimport './FaceLivenessDetector.js'\x1e200 https://contoso.example/FaceLivenessDetector.js\ncontent-type: text/plain\n\nconst version = '1.4.1'",
    "document waive=csp-missing waive=http@header waive=hsts-missing waive=nothing\n302 https://example.com/\nlocation: http://example.com/\nstrict-transport-security: max-age=300\nx-frame-options: ALLOW-FROM https://a.example\n\n",
    "document\n404 https://[::1]:8443/a/../b%2f\nserver: Apache/2.4.1 (Unix)\nx-powered-by: PHP/5\nx-xss-protection: 1\npublic-key-pins: x\nexpect-ct: y\n\n<!doctype html><meta http-equiv=content-security-policy content=\"script-src 'self'; frame-ancestors 'none'\"><script>1</script>",
    "document day\n200 https://example.com/\ncontent-type: text/html; charset=utf-8\ncross-origin-opener-policy: same-origin\ncross-origin-embedder-policy: require-corp; report-to=\"x\"\nintegrity-policy: blocked-destinations=(script)\nreferrer-policy: unsafe-url\nlink: </a.js>; rel=preload; as=script\n\n<script type=importmap>{\"imports\": {\"a\": \"/a.js\"}, \"integrity\": {\"/a.js\": \"sha384-x\"}}</script><script type=module>import 'a'</script><link rel=stylesheet href=//cdn.example/a.css>",
    "liveness\n200 https://user:pw@example.com:8443/?q=1#f\nx-content-type-options: nosniff\n",
    "document\n200 https://example.com/\u{202e}x y\ncontent-type: image/svg+xml\nset-cookie: ::error::x=1; Path=/\nserver: ##vso[task.setvariable variable=x]y\n\n<svg onload='alert(1)'><script href=data:,x></script></svg>",
    "document\n200 https://example.com/\nserver: </code><script>alert(1)</script>`` | [x](javascript:y) <img src=x onerror=z>\ncontent-type: text/html\n\n<script src='/a&quot;>b'></script><script src=\"/`|[x](y)\"></script><script src=/%0a::error::x></script>",
    "asset day pins\n206 https://example.com/main.js\ncontent-type: text/javascript\nsourcemap: /main.js.map\ntiming-allow-origin: *\nservice-worker-allowed: /\n\n//# sourceMappingURL=main.js.map\nnavigator.serviceWorker.register('x'); fetch('https://a.example/?key=abcdefabcdefabcdefabcdefabcdefab')",
    "document\n200 https://example.com/\ncontent-type: text/html\ncontent-type: application/json\nclear-site-data: \"*\"\ncontent-security-policy-report-only: script-src 'unsafe-eval'\nnel: {}\nreport-to: {}\norigin-agent-cluster: ?0\nx-permitted-cross-domain-policies: all\nx-dns-prefetch-control: on\n\n<iframe src=http://a srcdoc=b></iframe><form action=http://c><object data=d><embed src=e><link rel=dns-prefetch href=//f>",
    "document\n200 http://localhost/\ncontent-type: text/html\n\n\u{feff}<script src=http://127.0.0.1/a.js integrity=md5-x crossorigin></script>",
];

/// Responses of several kinds, a page with each of the standards' header values, and the stand-in of
/// the SDK.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = SEEDS.map(|text| text.as_bytes().to_vec()).into();
    // Bytes that are no text.
    seeds.push(
        b"document\n299 https://example.com/\nserver: \xff\x80\xfe\nset-cookie: \xe9=\xff; x\ncontent-security-policy: script-src \xff 'self'\n\n\xff<script src=/\xfe>\0</script>"
            .to_vec(),
    );
    let folder = seeds::fixtures().join("sdk/1.5.0");
    let verified = pins().verify(folder).expect("the stand-in");
    let component = pins().file("FaceLivenessDetector.js");
    let component = component.and_then(|file| verified.bytes(file));
    let mut whole = b"asset pins day\n200 https://contoso.example/FaceLivenessDetector.js\ncontent-type: text/javascript\n\n".to_vec();
    whole.extend_from_slice(component.expect("the component"));
    seeds.push(whole);
    for (name, file) in [
        ("content-security-policy", "csp-parsing.json"),
        ("content-security-policy", "csp-evaluator-cases.json"),
        ("permissions-policy", "header-parsing.json"),
        ("strict-transport-security", "real-header-values.json"),
        ("integrity-policy", "integrity-policy-parsing.json"),
    ] {
        // A few of them in each response: an audit with all its reports takes a while.
        let values: Vec<String> = seeds::conformance(file).into_iter().collect();
        seeds.extend(values.chunks(12).map(|values| {
            let lines: Vec<String> = values
                .iter()
                .map(|value| format!("{name}: {value}\n"))
                .collect();
            let lines = lines.concat();
            format!("document\n200 https://example.com/\ncontent-type: text/html\n{lines}\n<!doctype html><script>1</script>").into_bytes()
        }));
    }
    seeds
}
