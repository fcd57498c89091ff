//! Content Security Policy, in both readings.

use tower_visor::csp::{
    Csp, Delivery, DirectiveName, HostSource, NonceValue, PolicyList, PolicyName, SandboxToken,
    SchemeSource, ScriptSource, TrustedTypesEntry,
};
use tower_visor::url::{Origin, Url};

use super::{is_message, seeds};

/// Header values, one a line.
pub fn run(data: &[u8]) {
    let values: Vec<&[u8]> = data.split(|&byte| byte == b'\n').take(3).collect();
    effective(&values);
    if let Ok(text) = str::from_utf8(data) {
        strict(text);
        parts(text);
    }
}

/// The strict reading: what is read is written, and read again as the same; and browsers lose
/// nothing of it.
pub fn strict(text: &str) {
    let csp = match text.parse::<Csp>() {
        Ok(csp) => csp,
        Err(faults) => {
            for fault in &faults {
                let position = fault.position().unwrap_or(0);
                assert!(
                    position <= text.len() && text.is_char_boundary(position),
                    "{fault}"
                );
                is_message(fault);
            }
            return;
        }
    };
    let written = csp.to_string();
    assert_eq!(written.parse::<Csp>(), Ok(csp.clone()));
    assert_eq!(csp.to_builder().build(), Ok(csp.clone()));
    assert_eq!(csp.pieces().join("{nonce}"), written);
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b',';
    assert!(written.bytes().all(is_plain), "{written:?}");
    assert_eq!(written.matches(';').count() + 1, csp.directives().count());
    for warning in csp.warnings() {
        is_message(&warning);
    }
    assert_eq!(PolicyList::from(&csp).dropped(), &[]);
    #[cfg(feature = "serde")]
    {
        let json = serde_json::to_string(&csp).unwrap();
        assert_eq!(serde_json::from_str::<Csp>(&json).unwrap(), csp);
    }
}

/// The browsers' reading: it takes any bytes, loses nothing silently, and what it takes is written
/// so that it is read in the same way.
pub fn effective<V: AsRef<[u8]>>(values: &[V]) {
    let origin = "https://example.com".parse().unwrap();
    let url = "https://a.com/x/y".parse().unwrap();
    for list in [
        PolicyList::effective(values),
        PolicyList::report_only(values),
    ] {
        for dropped in list.dropped() {
            let value = values[dropped.header].as_ref();
            let rest = &value[dropped.position..];
            if str::from_utf8(value).is_ok() {
                assert!(rest.starts_with(dropped.text.as_bytes()), "{dropped:?}");
            }
            let _ = dropped.to_string();
        }
        for name in DirectiveName::ALL {
            let _ = list.allows_url(name, &url, &origin);
        }
        let _ = (list.allows_eval(), list.allows_wasm());
        assert!(list.is_at_least_as_strict_as(&list, &origin), "{list}");
        let mut policies = list.policies().iter();
        if policies.all(|policy| policy.delivery() == Delivery::Header) {
            let again = PolicyList::effective([list.to_string()]);
            assert_eq!(again.dropped(), &[]);
            assert_eq!(again.to_string(), list.to_string());
        }
    }
    if let Some(text) = values
        .first()
        .and_then(|value| str::from_utf8(value.as_ref()).ok())
    {
        let _ = PolicyList::meta(text);
    }
}

/// Each kind of word that is in a policy.
pub fn parts(text: &str) {
    let _ = text.parse::<SchemeSource>();
    let _ = text.parse::<ScriptSource>();
    let _ = text.parse::<NonceValue>();
    let _ = text.parse::<PolicyName>();
    let _ = text.parse::<TrustedTypesEntry>();
    let _ = text.parse::<SandboxToken>();
    let _ = text.parse::<DirectiveName>();
    let _ = text.parse::<Origin>();
    if let Ok(host) = text.parse::<HostSource>() {
        assert_eq!(host.to_string().parse::<HostSource>(), Ok(host));
    }
    if let Ok(url) = text.parse::<Url>() {
        assert_eq!(url.to_string().parse::<Url>(), Ok(url));
    }
}

const SEEDS: [&str; 9] = [
    "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'report-sample'; base-uri 'none'",
    "script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' 'wasm-unsafe-eval' 'unsafe-hashes'",
    "img-src 'self' https: data: *.a.com:* https://a.com:443/x/ http://127.0.0.1:8080; sandbox allow-scripts",
    "trusted-types a 'allow-duplicates'; require-trusted-types-for 'script'; report-to csp; report-uri /csp",
    "default-src 'self', script-src 'none';;img-src\tself\n\nscript-src *",
    "frame-ancestors 'self' https://a.example; form-action; connect-src wss://a.example/%2f?x",
    "script-src https://[::1]:80/ 'nonce-AAAAAAAAAAAAAAAAAAAAAA==' 'unsafe-inline' 'unsafe-eval'",
    "script-src-elem 'self'; script-src-attr 'none'; style-src 'unsafe-inline'; worker-src blob:",
    "upgrade-insecure-requests; Script-SRC 'SELF'; scirpt-src 'none'; script-src http://a.com",
];

/// Policies.
pub fn seeds() -> Vec<Vec<u8>> {
    let own = SEEDS.map(String::from).into_iter();
    own.chain(seeds::conformance("policies.json"))
        .chain(seeds::conformance("csp-source-expressions.json"))
        .map(String::into_bytes)
        .collect()
}
