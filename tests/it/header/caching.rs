//! `Cache-Control` and `Clear-Site-Data`.

use std::time::Duration;

use tower_visor::header::{CacheControl, CacheDirective, ClearSiteData, SiteData};

use super::{messages, round_trips};

#[test]
fn the_constants_are_what_their_names_say() {
    for (value, text) in [
        (CacheControl::NO_STORE, "no-store"),
        (CacheControl::NO_CACHE, "no-cache"),
        (
            CacheControl::NO_CACHE_NO_TRANSFORM,
            "no-cache, no-transform",
        ),
        (
            CacheControl::IMMUTABLE_YEAR,
            "public, max-age=31536000, immutable, no-transform",
        ),
    ] {
        assert_eq!(value.to_string(), text);
        assert_eq!(text.parse(), Ok(value));
    }
    assert!(CacheControl::NO_STORE.forbids_storing());
    assert!(!CacheControl::NO_STORE.allows_sharing());
    assert!(CacheControl::IMMUTABLE_YEAR.allows_sharing());
}

#[test]
fn strict_reading_of_cache_control() {
    round_trips::<CacheControl>(&[
        "no-store",
        "no-store, max-age=0",
        "private, no-cache",
        "public, max-age=60, s-maxage=600, stale-while-revalidate=30, stale-if-error=2147483648",
        "must-understand, no-store",
        "max-age=0, must-revalidate, proxy-revalidate",
    ]);
    assert_eq!("No-Store".parse(), Ok(CacheControl::NO_STORE));
    let seconds = "plain digits, at most 2147483648, for example `max-age=3600`";
    messages::<CacheControl>(&[
        (
            "",
            "cache-control: the value is empty; write for example `no-store`",
        ),
        (
            "no-store,",
            "cache-control, byte 9: an empty directive; remove the comma",
        ),
        (
            "no-stor",
            "cache-control, byte 0: unknown directive `no-stor`, did you mean `no-store`?; use public, private, no-store, no-cache, max-age, s-maxage, must-revalidate, proxy-revalidate, must-understand, immutable, no-transform, stale-while-revalidate or stale-if-error",
        ),
        (
            "private=\"set-cookie\"",
            "cache-control, byte 0: `private=\"set-cookie\"` has a value; write `private` alone",
        ),
        (
            "max-age=1, max-age=2",
            "cache-control, byte 11: `max-age` appears twice; remove one, caches may treat it as stale",
        ),
        (
            "no-store, public",
            "cache-control: `no-store` contradicts `public`; keep one of them, caches obey no-store",
        ),
        (
            "max-age=5, no-store",
            "cache-control: `no-store` contradicts `max-age=5`; keep one of them, caches obey no-store",
        ),
        (
            "public, private",
            "cache-control: `private` contradicts `public`; keep one of them, shared caches obey private",
        ),
        (
            "private, s-maxage=5",
            "cache-control: `private` contradicts `s-maxage=5`; keep one of them, shared caches obey private",
        ),
        (
            "no-cache, max-age=5, immutable",
            "cache-control: `no-cache` contradicts `immutable`; keep one of them: ask each time, or never",
        ),
        (
            "max-age=0, immutable",
            "cache-control: `immutable` contradicts `max-age=0`; give it a time, immutable holds while the response is fresh",
        ),
        (
            "public, immutable",
            "cache-control: `max-age` is missing; write for example `max-age=31536000, immutable`",
        ),
    ]);
    for text in [
        "max-age",
        "max-age=",
        "max-age=1.5",
        "max-age=-1",
        "max-age=\"60\"",
        "max-age=2147483649",
        "max-age=99999999999999999999",
        "s-maxage=1d",
    ] {
        assert_eq!(
            text.parse::<CacheControl>().unwrap_err().to_string(),
            format!("cache-control, byte 0: `{text}` has no number of seconds; write {seconds}")
        );
    }
    assert!(CacheControl::new([]).is_err());
    assert!(CacheControl::new([CacheDirective::MaxAge(u32::MAX)]).is_err());
    assert!(CacheControl::new([CacheDirective::NoStore, CacheDirective::NoStore]).is_err());
}

#[test]
fn cache_control_as_caches_read_it() {
    let read = CacheControl::effective(["Public, MAX-AGE=\"60\", max-age=5", "x=1,, s-maxage=x"]);
    assert!(read.has("public") && !read.forbids_storing() && read.allows_sharing());
    assert_eq!(read.max_age(), Some(Duration::from_secs(60)));
    // No number is as good as stale.
    assert_eq!(read.s_maxage(), Some(Duration::ZERO));
    let all: Vec<_> = read.iter().map(|(name, _)| name).collect();
    assert_eq!(all, ["public", "max-age", "x", "s-maxage"]);

    let huge = CacheControl::effective(["max-age=99999999999999999999"]);
    assert_eq!(huge.max_age(), Some(Duration::from_secs(2_147_483_648)));
    assert!(CacheControl::effective(["no-cache", "No-Store"]).forbids_storing());
    assert!(!CacheControl::effective(["private"]).allows_sharing());
    assert!(CacheControl::effective(["private=\"set-cookie, x\""]).allows_sharing());
    let none = CacheControl::effective([""; 0]);
    assert!(none.max_age().is_none() && none.allows_sharing());
}

#[test]
fn strict_reading_of_clear_site_data() {
    round_trips::<ClearSiteData>(&[
        "\"cache\"",
        "\"cache\", \"clientHints\", \"cookies\", \"executionContexts\", \"storage\"",
        "\"*\"",
    ]);
    // OWASP's value, which has no spaces.
    assert_eq!(
        "\"cache\",\"cookies\",\"storage\"".parse(),
        Ok(ClearSiteData::sign_out())
    );
    messages::<ClearSiteData>(&[
        (
            "",
            "clear-site-data: the value is empty; write for example `\"cache\", \"cookies\", \"storage\"`",
        ),
        (
            "\"cache\", storage",
            "clear-site-data, byte 9: `storage` has no quotes; write `\"storage\"`",
        ),
        (
            "'cache'",
            "clear-site-data, byte 0: `'cache'` has no quotes; write `\"cache\"`",
        ),
        (
            "\"Cookies\"",
            "clear-site-data, byte 1: unknown directive `Cookies`, did you mean `cookies`?; use cache, clientHints, cookies, executionContexts, prefetchCache, prerenderCache, storage or *",
        ),
        (
            "\"cache\", \"cache\"",
            "clear-site-data, byte 9: `\"cache\"` appears twice; remove one, once is enough",
        ),
    ]);
    assert!(ClearSiteData::new([]).is_err());
}

#[test]
fn clear_site_data_as_browsers_read_it() {
    let read = |values: &[&str]| -> Vec<SiteData> {
        ClearSiteData::effective(values).into_iter().collect()
    };
    assert_eq!(
        read(&[
            "\"cookies\", executionContexts, \"Cache\"",
            "\"storage\", cache\""
        ]),
        [SiteData::Cookies, SiteData::Storage]
    );
    assert_eq!(read(&["'cookies'", "\"", "\"\""]), []);
    assert_eq!(read(&[]), []);
}
