//! Who may keep the response: `Cache-Control`, and what is to be thrown away: `Clear-Site-Data`.

use http::StatusCode;
use http::header::{SET_COOKIE, VARY};

use crate::audit::code::codes;
use crate::audit::control::{asvs, microsoft, owasp};
use crate::audit::input::{Input, sent};
use crate::audit::sink::Sink;
use crate::audit::{Code, Profile, Subject};
use crate::header::{CacheControl, ClearSiteData, SiteData};

codes! {
    CACHE_STORED = "cache-stored", Medium,
        "what belongs to one session may be kept by browsers and caches",
        "send `Cache-Control: no-store`",
        [microsoft("headers"), asvs("14.3.2"), owasp("Cache-Control")];
    CACHE_COOKIE = "cache-cookie", Medium,
        "a cache may give one visitor's cookie to others",
        "send `Cache-Control: no-store`, or private",
        [asvs("14.3.2"), owasp("Cache-Control")];
    CACHE_SILENT = "cache-silent", Low,
        "without Cache-Control each browser guesses how long it keeps a file",
        "send `Cache-Control: no-cache`, or a year and immutable under a name that contains the version",
        [microsoft("headers"), owasp("Cache-Control")];
    CLEAR_SITE_DATA_DROPPED = "clear-site-data-dropped", Low,
        "browsers drop Clear-Site-Data",
        "put each word into double quotes",
        [asvs("14.3.1"), owasp("Clear-Site-Data")];
    CLEAR_SITE_DATA_HERE = "clear-site-data-here", Low,
        "Clear-Site-Data comes with a response that signs nobody out",
        "send it with the answer to a sign-out, and with nothing else",
        [];
}

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    let response = input.response;
    let subject = || Subject::header(CacheControl::NAME);
    let caching = CacheControl::effective(response.values(CacheControl::NAME));
    let value = sent(response, CacheControl::NAME);
    let found = || {
        value
            .as_ref()
            .map_or("not sent".to_owned(), |value| format!("`{value}`"))
    };
    let holds_session = matches!(input.profile(), Profile::Liveness | Profile::Api);
    // A 304 has nothing to be stored; a redirect may hold a session in its address.
    if response.status() == StatusCode::NOT_MODIFIED {
    } else if holds_session && !caching.forbids_storing() {
        sink.find(Code::CACHE_STORED, subject(), found());
    } else if response.headers().contains_key(SET_COOKIE)
        && caching.allows_sharing()
        && !varies_by_everything(input)
    {
        sink.find(Code::CACHE_COOKIE, subject(), found());
    } else if value.is_none() {
        sink.find(Code::CACHE_SILENT, subject(), found());
    }
    clearing(input, sink);
}

/// `Vary: *`: no cache gives it to anybody else.
fn varies_by_everything(input: &Input<'_>) -> bool {
    input.response.values(VARY).any(|value| {
        let mut names = value.split(|byte| *byte == b',');
        names.any(|name| name.trim_ascii() == b"*")
    })
}

fn clearing(input: &Input<'_>, sink: &mut Sink) {
    let name = ClearSiteData::NAME;
    let Some(value) = sent(input.response, &name) else {
        return;
    };
    let cleared = ClearSiteData::effective(input.response.values(&name));
    if cleared.is_empty() {
        let found = format!("browsers find no word in `{value}`");
        sink.find(Code::CLEAR_SITE_DATA_DROPPED, Subject::header(&name), found);
    } else if input.profile().is_page() || input.profile() == Profile::Asset {
        let reloads = cleared.contains(&SiteData::ExecutionContexts)
            || cleared.contains(&SiteData::Everything);
        let found = if reloads {
            format!("`{value}`, which may reload the page again and again")
        } else {
            format!("`{value}`")
        };
        sink.find(Code::CLEAR_SITE_DATA_HERE, Subject::header(&name), found);
    }
}
