//! Where another reader says otherwise: which cases, who is right, and by what.
//!
//! A row speaks of the cases of its files that `of` picks. One that is picked and comes out as
//! expected is fine as long as another is not; a row of which every case that is there comes out
//! as expected is not an exception any more, and fails.

use serde_json::Value;

pub(super) struct Exception {
    pub(super) files: &'static [&'static str],
    /// Which of their cases.
    pub(super) of: fn(&Value) -> bool,
    /// Who is right, and why.
    pub(super) why: &'static str,
}

const URLS: &[&str] = &["chromium-csp-url.json", "salvation-csp-url.json"];
const SALVATION_SCRIPTS: &[&str] = &["salvation-csp-external-script.json"];

pub(super) const EXCEPTIONS: &[Exception] = &[
    Exception {
        files: &["chromium-coop.json"],
        of: |case| case["policy"] == "restrict-properties",
        why: "we: HTML 7.1.3.1 has no `restrict-properties`; Chromium took the trial out again",
    },
    Exception {
        files: &["chromium-csp-keywords.json"],
        of: |case| has(case, "value", "'wasm-eval'"),
        why: "we: CSP3 2.3.1 has no `'wasm-eval'`; Chromium reads it for its extensions only",
    },
    Exception {
        files: &["chromium-csp-external-script.json"],
        of: |case| has(case, "integrity", "-yay") || has(case, "integrity", "-boo"),
        why: "both: a digest of three bytes matches no file (SRI 3.3.4), so that such a script is \
              never run; with digests of full length the same cases come out the same",
    },
    Exception {
        files: &["chromium-csp-url.json"],
        of: |case| ends(case, "policy", " ws:") && starts(case, "url", "http://"),
        why: "we: CSP3 6.7.2.9 lets `ws` match `http`, and what protects less is what is read",
    },
    Exception {
        files: &["chromium-csp-url.json"],
        of: |case| has(case, "policy", "'self'") && starts(case, "url", "ws://"),
        why: "we: CSP3 6.7.2.8, step 4.2: a web socket of the page's own host is its own",
    },
    Exception {
        files: URLS,
        of: |case| starts(case, "self", "file:") && starts(case, "url", "file:"),
        why: "neither: a page of `file:` comes from no server, and has no origin here",
    },
    Exception {
        files: &["salvation-csp-url.json"],
        of: |case| ends(case, "policy", "-src *") && starts(case, "url", "ftp:"),
        why: "we: CSP3 6.7.2.8, step 1, knows HTTP(S) schemes and the page's own since FTP went",
    },
    Exception {
        files: &["salvation-csp-url.json"],
        of: |case| {
            ends(case, "policy", "-src *")
                && (starts(case, "url", "ws:") || starts(case, "url", "wss:"))
        },
        why: "we: a web socket's request is of http or https by then (WebSockets, section 2.1), \
              and Chromium lets `*` match it",
    },
    Exception {
        files: &["salvation-csp-url.json"],
        of: |case| has(case, "policy", "navigate-to"),
        why: "we: CSP3 has no `navigate-to` any more, and no browser ever shipped it",
    },
    Exception {
        files: &["salvation-csp-url.json"],
        of: |case| has(case, "policy", "prefetch-src"),
        why: "we: CSP3 has no `prefetch-src` any more, and prefetching obeys `default-src`",
    },
    Exception {
        files: &["salvation-csp-url.json"],
        of: |case| case["self"].is_null() && ends(case, "policy", " *"),
        why: "we: CSP3 6.7.2.8, step 1: an `http` URL matches `*` whatever the page's origin is",
    },
    Exception {
        files: SALVATION_SCRIPTS,
        of: |case| text(case, "integrity").trim().is_empty() && has(case, "policy", "'sha"),
        why: "we: CSP3 6.7.2.4, step 2: without integrity metadata no hash source matches",
    },
    Exception {
        files: SALVATION_SCRIPTS,
        of: |case| case["url_known"] == false && has(case, "policy", "-src * "),
        why: "both: the question there has no URL; the one that is asked here matches `*`",
    },
    Exception {
        files: &["chromium-csp-subsumption.json"],
        of: |case| case["from"] == "SubsumeAllowAllInline" && has(case, "required", "'sha"),
        why: "we: by effect; together the two policies allow the one hash that is required, where \
              Embedded Enforcement 3.5 compares keywords only",
    },
    Exception {
        files: &["gecko-hsts.json"],
        of: |case| case["max_age"].is_null() && starts(case, "value", "\r\nmax-age="),
        why: "both: no field value holds a line break (RFC 9110 5.5), and Fetch takes it off the \
              ends of one",
    },
    Exception {
        files: &["gecko-csp-parser.json"],
        of: |case| case["policy"] == "default-src */",
        why: "we: by CSP3 2.3.1 it is a host and a path, and so Chromium reads it",
    },
    Exception {
        files: &["gecko-csp-parser.json"],
        of: |case| has(case, "policy", "%zz"),
        why: "Gecko: RFC 3986 2.1 has no such encoding; but Chromium lets it match, and what \
              protects less is what is read",
    },
    Exception {
        files: &["gecko-csp-parser.json"],
        of: |case| case["policy"] == "report-uri",
        why: "we: CSP3 2.2.1, step 2.8 keeps a directive without values; it reports to nobody",
    },
];

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_default()
}

fn has(case: &Value, key: &str, part: &str) -> bool {
    text(case, key).contains(part)
}

fn starts(case: &Value, key: &str, part: &str) -> bool {
    text(case, key).starts_with(part)
}

fn ends(case: &Value, key: &str, part: &str) -> bool {
    text(case, key).ends_with(part)
}
