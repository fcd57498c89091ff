//! `Connection-Allowlist`: what the strict reading takes, browsers obey; one covers another only if
//! it allows what the other does.

use tower_visor::header::{
    AllowlistComparison, ConnectionAllowlist, ConnectionTarget, ConnectionVerdict,
    EffectiveConnectionAllowlist, EndpointName,
};
use tower_visor::url::{Origin, Url};

use super::is_message;

/// The first line is a header, the second a baseline, the rest are URLs.
pub fn run(data: &[u8]) {
    let mut lines = data.split(|&byte| byte == b'\n');
    let mut next = || lines.next().unwrap_or_default();
    let (header, baseline) = (next(), next());
    let page: Origin = "https://page.example".parse().unwrap();
    let read = ConnectionAllowlist::effective([header]);
    if let Ok(text) = str::from_utf8(header) {
        strict(text, &page);
    }
    let (Some(read), Some(baseline)) = (read, ConnectionAllowlist::effective([baseline])) else {
        return;
    };
    assert_eq!(read.compare(&read, &page), AllowlistComparison::AtMost);
    let at_most = read.compare(&baseline, &page) == AllowlistComparison::AtMost;
    let samples = read.targets().iter().filter_map(|target| {
        let url = target.sample(&page)?;
        let verdict = target.allows(&url, &page);
        assert_eq!(verdict, ConnectionVerdict::Allowed, "{target}: {url}");
        Some(url)
    });
    let mut urls: Vec<Url> = samples.collect();
    urls.extend(lines.filter_map(|line| Url::effective(str::from_utf8(line).ok()?).ok()));
    for url in urls {
        let verdict = read.allows(&url, &page);
        if at_most && verdict == ConnectionVerdict::Allowed {
            assert_ne!(
                baseline.allows(&url, &page),
                ConnectionVerdict::Blocked,
                "{url}"
            );
        }
    }
}

fn strict(text: &str, page: &Origin) {
    if let Ok(target) = text.parse::<ConnectionTarget>() {
        assert_eq!(target.to_string().parse(), Ok(target.clone()));
        let read = ConnectionAllowlist::nothing().and(target.clone());
        let url = Url::from(target.origin().clone());
        let url = url.join(target.path().unwrap_or("/")).unwrap();
        if target.host().is_some() {
            assert_ne!(
                of(&read).allows(&url, page),
                ConnectionVerdict::Blocked,
                "{target}"
            );
        }
    }
    match text.parse::<ConnectionAllowlist>() {
        Ok(allowlist) => {
            let read = of(&allowlist);
            assert_eq!(read.ignored(), [""; 0], "{text:?}");
            assert_eq!(read.syntax_error(), None);
            let own = usize::from(allowlist.allows_own_origin());
            assert_eq!(read.targets().len(), own + allowlist.targets().count());
            assert_eq!(
                read.endpoint(),
                allowlist.endpoint().map(EndpointName::as_str)
            );
            assert_eq!(allowlist.to_string().parse(), Ok(allowlist));
        }
        Err(error) => {
            assert!(error.position().unwrap_or(0) <= text.len(), "{error}");
            is_message(&error);
        }
    }
}

/// What browsers make of it.
fn of(allowlist: &ConnectionAllowlist) -> EffectiveConnectionAllowlist {
    ConnectionAllowlist::effective([allowlist.to_string()]).unwrap()
}

const SEEDS: [&str; 7] = [
    "(response-origin \"https://a.example\" \"https://*.b.example:8443\");report-to=visor\n(response-origin \"https://*\")\nhttps://a.example/x?y",
    "(\"https://a.example/x.js\" \"https://*.a.example:8443\");redirects=allow;webrtc=block\n()\nhttps://a.example/x.js",
    "(\"http{s}?://a.example\" \"https://(a|b).example\" 1 self \"\");redirects\n(\"https://a.example/*\")\nhttp://a.example",
    "(\"https://a.example/\\\\(x\\\\)/a\\\\+b\")\n(\"*://*:*\")\nhttps://a.example/(x)/a+b",
    "(), (response-origin)\n\"x\"",
    "https://*.a.example",
    "https://a.example/a\\:b",
];

/// Headers with baselines and URLs.
pub fn seeds() -> Vec<Vec<u8>> {
    SEEDS.map(|text| text.as_bytes().to_vec()).into()
}
