//! What is done to each response.

use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY,
    CONTENT_SECURITY_POLICY_REPORT_ONLY, CONTENT_TYPE, ETAG, Entry, HOST, HeaderMap, HeaderName,
    HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, SET_COOKIE, X_FRAME_OPTIONS,
};
use http::{Extensions, Request, Response, StatusCode};

use super::{ClientScheme, Nonce, Notice, host, worker};
use crate::policy::{CompiledPolicy, Conflict, Headers, HostKind, Prepared};
use crate::response::{ResponseClass, is_html};

/// What the layer remembers of a request until its response comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    host: HostKind,
    destination: Destination,
}

/// What a browser wants to do with the response, as far as a `304` must know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Destination {
    Document,
    ServiceWorker,
    Unknown,
}

impl Asked {
    #[inline]
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        let headers = request.headers();
        // Of HTTP/2, or of a proxy's request.
        let mut host = of_scheme(request.extensions());
        if host.is_none() {
            host = request.uri().host().map(host::of_authority);
        }
        let mut is_conditional = false;
        let mut is_for_worker = false;
        // Looking at each is cheaper than hashing three names.
        for (name, value) in headers {
            match *name {
                HOST if host.is_none() => host = Some(host::of_header(value)),
                IF_NONE_MATCH | IF_MODIFIED_SINCE => is_conditional = true,
                _ => is_for_worker |= worker::says_so(name, value),
            }
        }
        Self {
            host: host.unwrap_or(HostKind::Named),
            // Only a request that names a validator can be answered by a `304`.
            destination: if is_for_worker {
                Destination::ServiceWorker
            } else if is_conditional {
                Destination::of(headers)
            } else {
                Destination::Unknown
            },
        }
    }

    /// Whether it came to an address or to localhost, as on a developer's machine.
    #[inline]
    pub(super) fn is_local(self) -> bool {
        self.host == HostKind::Local
    }
}

/// Reports a page that is opened at a host other than the policy's, once.
#[cold]
#[inline(never)]
pub(super) fn look_at_host<B>(
    request: &Request<B>,
    is_local: bool,
    policy: CompiledPolicy,
    notices: fn(&Notice),
) {
    let expected = &policy.prepared().expected_host;
    expected.look();
    let headers = request.headers();
    // What a known proxy asks for says nothing about where the browser is.
    let is_known = of_scheme(request.extensions()).is_some();
    if is_known || Destination::of(headers) != Destination::Document {
        return;
    }
    let authority = request
        .uri()
        .authority()
        .map(|name| name.as_str().as_bytes());
    let host = authority.or_else(|| headers.get(HOST).map(HeaderValue::as_bytes));
    let Some(host) = host else { return };
    if let Some(origin) = expected.differs(host, is_local) {
        notices(&Notice::OtherHost {
            asked: crate::foreign::shown(&String::from_utf8_lossy(host)),
            origin: origin.to_string(),
        });
    }
}

/// What `RequireHttps` found: where it did, nothing has to be guessed by `Host`.
#[inline]
fn of_scheme(extensions: &Extensions) -> Option<HostKind> {
    match extensions.get()? {
        ClientScheme::Https => Some(HostKind::Named),
        ClientScheme::Http => Some(HostKind::Local),
    }
}

impl Destination {
    // Apart from the loop over the headers, which is for every request.
    #[inline(never)]
    fn of(headers: &HeaderMap) -> Self {
        let document = match headers.get("sec-fetch-dest") {
            // Fetch, section 3.7: what is shown as a document of its own or in a frame.
            Some(destination) => matches!(
                destination.as_bytes(),
                b"document" | b"iframe" | b"frame" | b"embed" | b"object"
            ),
            None => headers
                .get(ACCEPT)
                .is_some_and(|accept| accept.as_bytes().windows(9).any(|w| w == b"text/html")),
        };
        if document {
            Self::Document
        } else {
            Self::Unknown
        }
    }
}

/// Gives a response its headers. Gives back whose they are.
pub(super) fn protect<B>(
    response: &mut Response<B>,
    layer: CompiledPolicy,
    notices: fn(&Notice),
    mut asked: Asked,
    nonce: Option<&Nonce>,
) -> CompiledPolicy {
    // Where the layer that finds out stands inside this one.
    if let Some(host) = of_scheme(response.extensions()) {
        asked.host = host;
    }
    let mut chosen = choose(response.extensions_mut(), layer);
    if asked.destination == Destination::ServiceWorker
        && chosen.policy.prepared().refuses_service_workers()
    {
        worker::refuse(response);
        chosen.class = None;
    }
    let status = response.status();
    let map = response.headers_mut();
    let own = chosen.nonce.as_ref();
    let prepared = chosen.policy.prepared();
    let merged = apply(map, status, prepared, chosen.class, asked, nonce.or(own));
    if let Merged::SecondVisor = merged {
        notices(&Notice::SecondVisor);
    }
    chosen.policy
}

/// Tells a visor further out which policy the response has, and its nonce.
pub(super) fn hand_over(extensions: &mut Extensions, policy: CompiledPolicy, nonce: Option<Nonce>) {
    extensions.insert(policy);
    if let Some(nonce) = nonce {
        extensions.insert(nonce);
    }
}

/// What the response says itself, or the layer's.
struct Chosen {
    policy: CompiledPolicy,
    class: Option<ResponseClass>,
    nonce: Option<Nonce>,
}

/// What the response says itself, in place of the layer's policy and of its content type.
#[inline]
fn choose(extensions: &mut Extensions, layer: CompiledPolicy) -> Chosen {
    let mut chosen = Chosen {
        policy: layer,
        class: None,
        nonce: None,
    };
    if extensions.is_empty() {
        return chosen;
    }
    if let Some(own) = extensions.remove::<CompiledPolicy>() {
        chosen.policy = own;
        chosen.nonce = extensions.remove();
    }
    chosen.class = extensions.get().copied();
    chosen
}

/// What came up while headers were put together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Merged {
    AsMeant,
    /// Another policy's are among them.
    SecondVisor,
}

/// The part that is the same for every body.
fn apply(
    map: &mut HeaderMap,
    status: StatusCode,
    prepared: &Prepared,
    class: Option<ResponseClass>,
    asked: Asked,
    nonce: Option<&Nonce>,
) -> Merged {
    let own = Own::of(map);
    let class = class.or(own.class);
    if status == StatusCode::NOT_MODIFIED {
        return not_modified(map, prepared, class, asked);
    }
    let headers = prepared.headers(class.unwrap_or(ResponseClass::Other), asked.host);
    // A response without a nonce names an empty one, which no script can have.
    let nonce = nonce.map_or(&[][..], |nonce| &nonce.0);
    let has_more = own.has_more;
    let merged = headers.with(own.content_type, own.content_length, nonce);
    if has_more {
        let own = std::mem::replace(map, merged);
        merge(map, own, prepared, headers)
    } else {
        *map = merged;
        Merged::AsMeant
    }
}

/// The application's headers, with the two that nearly every response has set apart.
struct Own<'a> {
    content_type: Option<&'a mut HeaderValue>,
    content_length: Option<&'a mut HeaderValue>,
    /// By the content type; `None` where there is none. Of several, all have to be HTML: see
    /// [`is_html`].
    class: Option<ResponseClass>,
    has_more: bool,
}

impl<'a> Own<'a> {
    #[inline]
    fn of(map: &'a mut HeaderMap) -> Self {
        let mut content_type: Option<&mut HeaderValue> = None;
        let mut content_length = None;
        let mut further_are_html = true;
        let mut has_more = false;
        // Looking at each is cheaper than hashing two names.
        for (name, value) in map {
            match *name {
                CONTENT_TYPE if content_type.is_none() => content_type = Some(value),
                CONTENT_LENGTH if content_length.is_none() => content_length = Some(value),
                _ => {
                    has_more = true;
                    further_are_html &= *name != CONTENT_TYPE || is_html(value);
                }
            }
        }
        let class = content_type.as_ref().map(|first| {
            if further_are_html && is_html(first) {
                ResponseClass::Document
            } else {
                ResponseClass::Other
            }
        });
        Self {
            content_type,
            content_length,
            class,
            has_more,
        }
    }
}

/// Moves the application's headers in among the policy's, which have its first `Content-Type` and
/// `Content-Length`.
///
/// A map holds 24,576 names. What the application set beyond that, less the policy's few, is left
/// out: no server could send it, and a panic here would cost the whole response.
fn merge(map: &mut HeaderMap, own: HeaderMap, prepared: &Prepared, headers: &Headers) -> Merged {
    let mut merged = Merged::AsMeant;
    let mut said = Said::default();
    let not_stored = conflict(&CACHE_CONTROL, prepared, headers) == Conflict::Replace;
    let mut further: Option<HeaderName> = None;
    for (name, value) in own {
        // The name stands with the first of its values.
        let Some(name) = name else {
            if let Some(name) = &further {
                add(map, name, value, headers);
            }
            continue;
        };
        if name == CONTENT_TYPE || name == CONTENT_LENGTH {
            further = Some(name);
            continue;
        }
        said.note(&name);
        if prepared.strips(&name) || (not_stored && is_for_some_caches(&name)) {
            further = None;
            continue;
        }
        further = match map.try_entry(&name) {
            Err(_) => None,
            Ok(Entry::Vacant(entry)) => entry.try_insert(value).is_ok().then_some(name),
            Ok(Entry::Occupied(mut entry)) => match conflict(&name, prepared, headers) {
                Conflict::Replace => None,
                Conflict::Keep => {
                    entry.insert(value);
                    Some(name)
                }
                Conflict::Append => {
                    if name == CONTENT_SECURITY_POLICY
                        && entry.iter().all(|ours| *ours != value)
                        && prepared.finds_another(&name, &value)
                    {
                        merged = Merged::SecondVisor;
                    }
                    add(map, &name, value, headers);
                    Some(name)
                }
            },
        };
    }
    if said.can_be_asked_again() && !not_stored {
        revalidate(map);
    }
    merged
}

/// What the application said about keeping its response.
#[derive(Default)]
struct Said {
    validator: bool,
    // How long, or that it is about one visitor.
    more: bool,
}

impl Said {
    #[inline]
    fn note(&mut self, name: &HeaderName) {
        match *name {
            ETAG | LAST_MODIFIED => self.validator = true,
            CACHE_CONTROL | SET_COOKIE => self.more = true,
            _ => {}
        }
    }

    const fn can_be_asked_again(&self) -> bool {
        self.validator && !self.more
    }
}

/// A file that names a validator is kept and asked for again each time: a validator of what may
/// not be stored says nothing. An answer of an API is about somebody, validator or not.
#[inline(never)]
fn revalidate(map: &mut HeaderMap) {
    let kind = map.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    if kind.is_some_and(|kind| kind.starts_with(b"application/json")) {
        return;
    }
    if let Some(value) = map.get_mut(CACHE_CONTROL) {
        *value = HeaderValue::from_static("no-cache");
    }
}

/// Adds a value, unless it is there already: two visors of one policy are one.
fn add(map: &mut HeaderMap, name: &HeaderName, value: HeaderValue, headers: &Headers) {
    // What is often sent several times needs no look.
    let ours = *name != SET_COOKIE && headers.holds(name);
    if !(ours && map.get_all(name).iter().any(|known| *known == value)) {
        // Full: see `merge`.
        let _ = map.try_append(name, value);
    }
}

/// `CDN-Cache-Control` and the like tell some caches to store what `Cache-Control` forbids
/// ([RFC 9213, section 2](https://www.rfc-editor.org/rfc/rfc9213#section-2)).
pub(super) fn is_for_some_caches(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.ends_with("-cache-control") || name == "surrogate-control"
}

fn conflict(name: &HeaderName, prepared: &Prepared, headers: &Headers) -> Conflict {
    prepared
        .conflict(name)
        .unwrap_or_else(|| headers.usual_conflict(name))
}

/// A browser copies these headers into the response that it has stored.
#[inline(never)]
fn not_modified(
    map: &mut HeaderMap,
    prepared: &Prepared,
    class: Option<ResponseClass>,
    asked: Asked,
) -> Merged {
    let known = class.or(match asked.destination {
        Destination::Document => Some(ResponseClass::Document),
        Destination::ServiceWorker | Destination::Unknown => None,
    });
    let headers = prepared.headers(known.unwrap_or(ResponseClass::Other), asked.host);
    let own = Own::of(map);
    let policy = headers.with(own.content_type, own.content_length, b"");
    let mut own = std::mem::replace(map, policy);
    // What is stored keeps its own value of these, so nobody sends another: with the application's
    // alone, the browser would forget the policy's.
    let mut withhold = |name: &HeaderName| {
        map.remove(name);
        if conflict(name, prepared, headers) != Conflict::Keep {
            own.remove(name);
        }
    };
    // A fresh nonce would block the scripts of the stored page, an empty one as well.
    for nonced in &headers.nonced {
        withhold(&nonced.name);
    }
    if known.is_none() {
        // What is stored may be anything.
        for name in &CONTENT_BOUND {
            withhold(name);
        }
        // The application may say how long, as ever.
        map.remove(CACHE_CONTROL);
    }
    merge(map, own, prepared, headers)
}

/// Headers whose value depends on what kind of response is stored.
const CONTENT_BOUND: [HeaderName; 7] = [
    CONTENT_SECURITY_POLICY,
    CONTENT_SECURITY_POLICY_REPORT_ONLY,
    HeaderName::from_static("connection-allowlist"),
    HeaderName::from_static("connection-allowlist-report-only"),
    X_FRAME_OPTIONS,
    HeaderName::from_static("cross-origin-embedder-policy"),
    HeaderName::from_static("cross-origin-resource-policy"),
];

#[cfg(test)]
mod tests {
    use http::Request;

    use super::{Asked, ClientScheme};
    use crate::policy::HostKind;

    #[test]
    fn the_authority_counts_before_the_first_host() {
        let host = |uri: &str, hosts: &[&str]| {
            let mut request = Request::builder().uri(uri);
            for host in hosts {
                request = request.header("host", *host);
            }
            let request = request.body(()).unwrap();
            Asked::of(&request).host
        };
        assert_eq!(host("/", &[]), HostKind::Named);
        assert_eq!(host("/", &["localhost"]), HostKind::Local);
        assert_eq!(
            host("/", &["localhost", "contoso.example"]),
            HostKind::Local
        );
        assert_eq!(
            host("/", &["contoso.example", "localhost"]),
            HostKind::Named
        );
        let uri = "https://contoso.example/";
        assert_eq!(host(uri, &["localhost"]), HostKind::Named);
        let uri = "http://localhost/";
        assert_eq!(host(uri, &["contoso.example"]), HostKind::Local);
    }

    #[test]
    fn what_was_found_out_counts_before_any_host() {
        for (scheme, host, expected) in [
            (ClientScheme::Https, "127.0.0.1:8080", HostKind::Named),
            (ClientScheme::Https, "contoso.example", HostKind::Named),
            (ClientScheme::Http, "contoso.example", HostKind::Local),
            (ClientScheme::Http, "127.0.0.1", HostKind::Local),
        ] {
            let request = Request::builder().header("host", host).extension(scheme);
            assert_eq!(Asked::of(&request.body(()).unwrap()).host, expected);
        }
    }
}
