//! Every header with a grammar, in both readings.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use http::HeaderValue;
use tower_visor::header::{
    Allowlist, CacheControl, ClearSiteData, ConnectionAllowlist, CrossOriginEmbedderPolicy,
    CrossOriginOpenerPolicy, CrossOriginResourcePolicy, DocumentIsolationPolicy, EndpointName,
    Feature, HeaderError, IntegrityDestination, IntegrityPolicy, OriginAgentCluster,
    PermissionsPolicy, ReferrerPolicy, ReportingEndpoints, StrictTransportSecurity,
    UnencodedDigest, Waict, WaictRevision, XContentTypeOptions, XDnsPrefetchControl, XFrameOptions,
    XPermittedCrossDomainPolicies,
};

use super::{is_message, seeds};

/// Header values, one a line, each read as every header.
pub fn run(data: &[u8]) {
    let values: Vec<&[u8]> = data.split(|&byte| byte == b'\n').take(3).collect();
    effective(&values);
    if let Ok(text) = str::from_utf8(data) {
        strict(text);
        agree(text);
    }
}

/// Parse, write, parse again; and the way into a header.
fn one<T>(text: &str)
where
    T: FromStr<Err = HeaderError> + Display + Debug + PartialEq,
    for<'a> HeaderValue: From<&'a T>,
{
    match text.parse::<T>() {
        Ok(value) => {
            let written = value.to_string();
            assert_eq!(HeaderValue::from(&value), written);
            assert_eq!(written.parse::<T>().as_ref(), Ok(&value), "{text:?}");
        }
        Err(error) => {
            assert!(error.position().unwrap_or(0) <= text.len(), "{error}");
            assert!(error.to_string().starts_with(error.header()));
            is_message(&error);
        }
    }
}

/// The strict reading of each header.
pub fn strict(text: &str) {
    one::<CacheControl>(text);
    one::<ClearSiteData>(text);
    one::<ConnectionAllowlist>(text);
    one::<CrossOriginEmbedderPolicy>(text);
    one::<CrossOriginOpenerPolicy>(text);
    one::<CrossOriginResourcePolicy>(text);
    one::<DocumentIsolationPolicy>(text);
    one::<IntegrityPolicy>(text);
    one::<OriginAgentCluster>(text);
    one::<PermissionsPolicy>(text);
    one::<ReferrerPolicy>(text);
    one::<ReportingEndpoints>(text);
    one::<StrictTransportSecurity>(text);
    one::<Waict>(text);
    one::<UnencodedDigest>(text);
    one::<XContentTypeOptions>(text);
    one::<XDnsPrefetchControl>(text);
    one::<XFrameOptions>(text);
    one::<XPermittedCrossDomainPolicies>(text);
    let _ = text.parse::<Feature>();
    let _ = text.parse::<EndpointName>();
    if let Ok(allowlist) = text.parse::<Allowlist>() {
        assert_eq!(allowlist.to_string().parse(), Ok(allowlist));
    }
    let _ = Allowlist::origins([text]);
    let _ = ReportingEndpoints::new("a", text);
}

/// The browsers' reading of each header takes any bytes.
pub fn effective<V: AsRef<[u8]>>(values: &[V]) {
    let _ = CacheControl::effective(values).max_age();
    let _ = ClearSiteData::effective(values);
    let _ = ConnectionAllowlist::effective(values);
    let _ = CrossOriginEmbedderPolicy::effective(values);
    let _ = CrossOriginOpenerPolicy::effective(values);
    let _ = CrossOriginResourcePolicy::effective(values);
    let _ = DocumentIsolationPolicy::effective(values);
    let _ = IntegrityPolicy::effective(values);
    let _ = OriginAgentCluster::effective(values);
    let _ = PermissionsPolicy::effective(values);
    let _ = ReferrerPolicy::effective(values);
    let _ = ReportingEndpoints::effective(values);
    let _ = StrictTransportSecurity::effective(values);
    let _ = Waict::effective(values);
    let _ = UnencodedDigest::effective(values).matches(b"");
    let _ = XContentTypeOptions::effective(values);
    let _ = XDnsPrefetchControl::effective(values);
    let _ = XFrameOptions::effective(values);
    let _ = XPermittedCrossDomainPolicies::effective(values);
}

/// What the strict reading takes, browsers obey in the same way.
pub fn agree(text: &str) {
    if let Ok(hsts) = text.parse::<StrictTransportSecurity>() {
        let read = StrictTransportSecurity::effective([text]).unwrap();
        assert_eq!(read.max_age(), hsts.max_age());
        assert_eq!(read.includes_subdomains(), hsts.includes_subdomains());
        assert_eq!(read.asks_for_preload(), hsts.is_preload());
    }
    if let Ok(policy) = text.parse::<PermissionsPolicy>() {
        let read = PermissionsPolicy::effective([text]);
        assert!(read.ignored().is_empty() && read.syntax_error().is_none());
        for (feature, allowlist) in policy.iter() {
            let effective = read.allowlist(feature).unwrap();
            assert_eq!(effective.is_denied(), *allowlist == Allowlist::None);
            assert_eq!(effective.allows_everyone(), *allowlist == Allowlist::Any);
        }
    }
    if let Ok(policy) = text.parse::<IntegrityPolicy>() {
        let read = IntegrityPolicy::effective([text]);
        for destination in [IntegrityDestination::Script, IntegrityDestination::Style] {
            let strict = policy.destinations().any(|known| known == destination);
            assert_eq!(read.blocks(destination), strict);
        }
    }
    if let Ok(waict) = text.parse::<Waict>() {
        let read = Waict::effective([text]);
        for revision in [WaictRevision::First, WaictRevision::Second] {
            assert_eq!(read.ignored_by(revision), None, "{revision}");
        }
        assert!(read.ignored().is_empty() && read.syntax_error().is_none());
        assert_eq!(read.mode(), Some(waict.mode()));
        assert_eq!(read.max_age(), Some(waict.max_age()));
        assert_eq!(read.manifest(), Some(waict.manifest()));
        assert_eq!(read.destinations().len(), waict.destinations().count());
        assert_eq!(read.endpoints().len(), waict.endpoints().count());
    }
    if let Ok(digest) = text.parse::<UnencodedDigest>() {
        let read = UnencodedDigest::effective([text]);
        assert!(read.ignored().is_empty() && read.syntax_error().is_none());
        let mut digests = read.digests().to_vec();
        digests.sort_unstable_by_key(tower_visor::sri::Digest::algorithm);
        assert_eq!(digests, digest.digests());
    }
    if let Ok(policy) = text.parse::<CrossOriginOpenerPolicy>() {
        let read = CrossOriginOpenerPolicy::effective([text]);
        let endpoint = policy.endpoint().map(EndpointName::as_str);
        assert_eq!((read.value(), read.endpoint()), (policy.value(), endpoint));
    }
    if let Ok(policy) = text.parse::<ReferrerPolicy>() {
        assert_eq!(ReferrerPolicy::effective([text]), Some(policy));
    }
    if let Ok(data) = text.parse::<ClearSiteData>() {
        assert!(ClearSiteData::effective([text]).into_iter().eq(data.iter()));
    }
    if let Ok(cache) = text.parse::<CacheControl>() {
        let read = CacheControl::effective([text]);
        assert_eq!(read.forbids_storing(), cache.forbids_storing());
        assert_eq!(read.allows_sharing(), cache.allows_sharing());
    }
}

const SEEDS: [&str; 21] = [
    "max-age=63072000; includeSubDomains; preload",
    "camera=(self), microphone=(), fullscreen=(self \"https://a.example\"), usb=*",
    "blocked-destinations=(script style), sources=(inline), endpoints=(visor)",
    "max-age=0, mode=report, blocked-destinations=(script image), manifest=\"/waict\", endpoints=(a)",
    "max-age=90, mode-script=enforce, mode-wasm=warn, report-to=(a), manifest=\"https://a.example/m\"",
    "visor=\"https://liveness.contoso.example/reports\", b=\"/c\"",
    "same-origin; report-to=\"visor\"",
    "same-origin-allow-popups",
    "require-corp",
    "credentialless; report-to=\"x\"",
    "isolate-and-require-corp",
    "?1",
    "no-referrer, strict-origin-when-cross-origin",
    "SAMEORIGIN",
    "nosniff",
    "public, max-age=31536000, immutable, s-maxage=\"1\"",
    "no-store, private=\"set-cookie, x\"",
    "\"cache\", \"cookies\", \"storage\", \"*\"",
    "none",
    "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:, sha-512=:AAAA:",
    "off\nDENY\n",
];

/// Header values.
pub fn seeds() -> Vec<Vec<u8>> {
    let own = SEEDS.map(String::from).into_iter();
    let files = [
        "header-parsing.json",
        "integrity-policy-parsing.json",
        "real-header-values.json",
    ];
    own.chain(files.into_iter().flat_map(seeds::conformance))
        .map(String::into_bytes)
        .collect()
}
