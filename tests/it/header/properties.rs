//! Whatever comes in: no panic, and what the strict reading takes is what browsers obey.

use http::HeaderValue;
use proptest::prelude::*;
use tower_visor::header::{
    Allowlist, CacheControl, ClearSiteData, CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy, DocumentIsolationPolicy, EndpointName, Feature, HeaderError,
    IntegrityDestination, IntegrityPolicy, OriginAgentCluster, PermissionsPolicy, ReferrerPolicy,
    ReportingEndpoints, StrictTransportSecurity, XContentTypeOptions, XDnsPrefetchControl,
    XFrameOptions, XPermittedCrossDomainPolicies,
};

/// Parse, write, parse again; and the way into a header.
fn strict<T>(text: &str)
where
    T: std::str::FromStr<Err = HeaderError> + std::fmt::Display + std::fmt::Debug + PartialEq,
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
            assert!(error.to_string().is_ascii() && !error.to_string().contains('\n'));
        }
    }
}

fn every_strict_reading(text: &str) {
    strict::<CacheControl>(text);
    strict::<ClearSiteData>(text);
    strict::<CrossOriginEmbedderPolicy>(text);
    strict::<CrossOriginOpenerPolicy>(text);
    strict::<CrossOriginResourcePolicy>(text);
    strict::<DocumentIsolationPolicy>(text);
    strict::<IntegrityPolicy>(text);
    strict::<OriginAgentCluster>(text);
    strict::<PermissionsPolicy>(text);
    strict::<ReferrerPolicy>(text);
    strict::<ReportingEndpoints>(text);
    strict::<StrictTransportSecurity>(text);
    strict::<XContentTypeOptions>(text);
    strict::<XDnsPrefetchControl>(text);
    strict::<XFrameOptions>(text);
    strict::<XPermittedCrossDomainPolicies>(text);
    let _ = text.parse::<Feature>();
    let _ = text.parse::<EndpointName>();
    if let Ok(allowlist) = text.parse::<Allowlist>() {
        assert_eq!(allowlist.to_string().parse(), Ok(allowlist));
    }
    let _ = Allowlist::origins([text]);
    let _ = ReportingEndpoints::new("a", text);
}

fn every_effective_reading(values: &[Vec<u8>]) {
    let _ = CacheControl::effective(values).max_age();
    let _ = ClearSiteData::effective(values);
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
    let _ = XContentTypeOptions::effective(values);
    let _ = XDnsPrefetchControl::effective(values);
    let _ = XFrameOptions::effective(values);
    let _ = XPermittedCrossDomainPolicies::effective(values);
}

pub(super) fn no_panic(text: &str) {
    every_strict_reading(text);
    every_effective_reading(&[text.as_bytes().to_vec()]);
}

/// What the strict reading takes, browsers obey in the same way.
fn agree(text: &str) {
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
    if let Ok(policy) = text.parse::<CrossOriginOpenerPolicy>() {
        assert_eq!(CrossOriginOpenerPolicy::effective([text]), policy);
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

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        no_panic(&text);
    }

    #[test]
    fn no_bytes_panic(values in proptest::collection::vec(
        proptest::collection::vec(any::<u8>(), 0..40), 0..3)
    ) {
        every_effective_reading(&values);
    }

    #[test]
    fn near_misses_of_structured_fields(
        text in "((camera|usb|blocked-destinations|endpoints|a)(=(\\(?(self|script|\"https://a.example\"|inline|\\*|[a-z\"]{0,2})[ )]{0,2}){1,3})?[,;] ?){0,3}"
    ) {
        no_panic(&text);
        agree(&text);
        // Without the last separator, so that some are whole.
        agree(text.trim_end_matches([',', ';', ' ']));
    }

    #[test]
    fn near_misses_of_directives(
        text in "((max-age|includeSubDomains|preload|no-store|private|public|immutable|\"cache\"|\"cookies\"|same-origin|origin)(=\"?[0-9]{0,11}\"?)?[,;]? ?){0,4}"
    ) {
        no_panic(&text);
        agree(&text);
        agree(text.trim_end_matches([',', ';', ' ']));
    }
}

#[cfg(feature = "serde")]
#[test]
fn serde_reads_and_writes_the_text_form() {
    let policy: PermissionsPolicy = serde_json::from_str("\"camera=(self)\"").unwrap();
    assert_eq!(serde_json::to_string(&policy).unwrap(), "\"camera=(self)\"");
    assert_eq!(
        serde_json::from_str::<XFrameOptions>("\"ALLOWALL\"")
            .unwrap_err()
            .to_string(),
        "x-frame-options, byte 0: unknown value `ALLOWALL`; use DENY or SAMEORIGIN at line 1 column 10"
    );
    assert_eq!(
        serde_json::from_str::<Feature>("\"camera\"").unwrap(),
        Feature::Camera
    );
    let hsts = serde_json::to_value(StrictTransportSecurity::TWO_YEARS).unwrap();
    assert_eq!(hsts, "max-age=63072000; includeSubDomains");
}
