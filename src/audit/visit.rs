//! An audit step by step: what to fetch next, until there is a report.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;

use bytes::Bytes;
use http::{Request, header};

use super::finding::{shown, shown_url};
use super::input::Input;
use super::judge::audit;
use super::placement::{self, Probes};
use super::reach::Reach;
use super::{AuditError, AuditFault, Code, Context, NotChecked, Profile, Report, Response, loads};
use crate::url::Url;

/// What a file that didn't come could have shown.
const OF_FILES: &[Code] = &[
    Code::SDK_FILE_CHANGED,
    Code::SDK_FILE_UNPINNED,
    Code::SDK_BUNDLED,
    Code::NOSNIFF_MISSING,
    Code::CONTENT_TYPE_MISSING,
    Code::CHARSET_MISSING,
    Code::RECEIVED_DIFFERENTLY,
];

/// As browsers: more is a circle.
const MOST_REDIRECTS: usize = 20;

/// How many files of a page are requested; the SDK has 85.
const MOST_FILES: usize = 300;

/// An audit of a page, its files, and of responses that show where the layer sits, for callers that can fetch.
///
/// It does no I/O: it says what to fetch, takes what was received, follows redirects, and judges
/// everything in the end: the page, each file of the page's own origin by its own headers
/// ([`Profile::Asset`]), and the answers to the [`Probes`]. The answer to one fetch can lead to
/// more, because a script may name the SDK that the page itself doesn't; there are at most 300 files.
///
/// A page could make the auditor's machine contact servers that the page itself can't reach: on that
/// machine, or in a network behind it. A visit never leads to such an address, except for the one
/// that it was made for. A name can lead there too, so whoever connects has to ask [`Fetch::check`]
/// about the resolved address.
///
/// ```
/// use tower_visor::audit::{Context, Profile, Response, Visit};
/// # fn get(url: &str) -> Response {
/// #     let (kind, body) = match url.rsplit('/').next() {
/// #         Some("") => ("text/html", "<!doctype html><script type=module src=app.js></script>"),
/// #         Some("app.js") => ("text/javascript", "import './FaceLivenessDetector.js'"),
/// #         _ => ("text/plain", ""),
/// #     };
/// #     let answer = http::Response::builder().header("content-type", kind);
/// #     let (parts, ()) = answer.body(()).unwrap().into_parts();
/// #     Response::new(url, parts, Some(body.into())).unwrap()
/// # }
///
/// let context = Context::new(Profile::Liveness);
/// let mut visit = Visit::new("https://example.com/".parse()?, &context);
/// let mut paths = Vec::new();
/// while let Some(fetch) = visit.next_fetch() {
///     paths.push(fetch.url.path().to_owned());
///     let answer = get(&fetch.url.to_string());
///     visit.answer(fetch, Ok(answer));
/// }
/// assert_eq!(paths[..2], ["/", "/app.js"]);
/// assert!(paths.iter().any(|path| path.ends_with("/AzureAIVisionFace_SIMD.wasm")));
/// let report = visit.report()?;
/// assert_eq!(report.responses[0].url, "https://example.com/");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct Visit<'a> {
    context: Context<'a>,
    probes: Probes,
    queue: VecDeque<Fetch>,
    /// The page, or the URL that gave none, and why.
    page: Result<Response, Failure>,
    /// Those of the context, and what came since.
    resources: Vec<Response>,
    /// Files that were asked for, whether they came or not.
    asked: BTreeSet<String>,
    reach: Reach,
    is_probed: bool,
    /// What didn't come, by the reason.
    missing: BTreeMap<(String, &'static [Code]), Vec<String>>,
    answers: Vec<(&'static str, Result<Response, String>)>,
}

/// Something to fetch.
#[derive(Debug)]
#[non_exhaustive]
pub struct Fetch {
    /// Whom to ask.
    pub url: Url,
    /// What to send: the URI is path and query, and `Host` is set (to a host other than that of
    /// the URL where a probe tries that).
    pub request: Request<Bytes>,
    what: What,
    /// What redirected there.
    hops: Vec<Response>,
    reach: Reach,
}

#[derive(Clone, Debug)]
enum What {
    Page,
    /// Under this URL the page knows it, wherever it comes from.
    File(Url),
    Probe(&'static str),
}

/// What keeps a file or a page from coming: the place that it is about, and the reason.
type Failure = (String, String);

impl Fetch {
    fn get(url: Url, what: What, hops: Vec<Response>, reach: &Reach) -> Result<Self, Failure> {
        reach
            .check_url(&url)
            .map_err(|error| (place(&url), error.to_string()))?;
        let query = url.query().map(|query| format!("?{query}"));
        let target = format!("{}{}", url.path(), query.unwrap_or_default());
        let request = Request::get(target).header(header::HOST, placement::host(&url));
        match request.body(Bytes::new()) {
            Ok(request) => Ok(Self {
                url,
                request,
                what,
                hops,
                reach: reach.clone(),
            }),
            Err(error) => Err((place(&url), error.to_string())),
        }
    }

    /// What the probe tries, if it is one and not something that the page needs.
    pub const fn probe(&self) -> Option<&'static str> {
        match &self.what {
            What::Probe(name) => Some(name),
            What::Page | What::File(_) => None,
        }
    }

    /// Whether to connect to an address that the host was resolved to: yes for public addresses,
    /// and for the one that the visit was made for (`http://127.0.0.1:8080/`,
    /// `http://localhost/`).
    ///
    /// ```
    /// use tower_visor::audit::{Context, Profile, Visit};
    ///
    /// let context = Context::new(Profile::Document);
    /// let mut visit = Visit::new("https://example.com/".parse()?, &context);
    /// let fetch = visit.next_fetch().unwrap();
    /// assert!(fetch.check("93.184.215.14".parse()?).is_ok());
    /// assert!(fetch.check("10.1.2.3".parse()?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`AuditErrorKind::Address`](super::AuditErrorKind::Address) for loopback, private, link-local,
    /// unique local and multicast addresses, for IPv6 addresses that contain an IPv4 address (mapped,
    /// 6to4, NAT64), and for everything else that isn't public.
    pub fn check(&self, address: IpAddr) -> Result<(), AuditError> {
        self.reach.check(address)
    }

    /// Where an answer leads, if not here.
    fn redirected(&self, answer: &Response) -> Option<Result<Url, Failure>> {
        let location = answer.headers().get(header::LOCATION);
        let location = location.filter(|_| answer.status().is_redirection())?;
        let target = std::str::from_utf8(location.as_bytes()).ok();
        let target = target.and_then(|target| self.url.join(target).ok());
        let Some(target) = target.filter(is_http) else {
            return Some(Err((
                place(&self.url),
                "redirects to something that isn't a URL".to_owned(),
            )));
        };
        let mut seen = self.hops.iter().map(Response::url).chain([&self.url]);
        let (url, reason) = if seen.any(|url| *url == target) {
            (&target, "redirects in a circle".to_owned())
        } else if self.hops.len() == MOST_REDIRECTS {
            (&self.url, format!("more than {MOST_REDIRECTS} redirects"))
        } else {
            return Some(Ok(target));
        };
        Some(Err((place(url), reason)))
    }
}

impl<'a> Visit<'a> {
    /// A visit to a page. Files that the context already has aren't requested again.
    pub fn new(page: Url, context: &Context<'a>) -> Self {
        let mut visit = Self {
            context: context.clone(),
            probes: Probes::default(),
            queue: VecDeque::new(),
            page: Err((place(&page), "it was not asked for".to_owned())),
            resources: context.resources.to_vec(),
            asked: BTreeSet::new(),
            reach: Reach::of(&page),
            is_probed: false,
            missing: BTreeMap::new(),
            answers: Vec::new(),
        };
        if is_http(&page) {
            visit.enqueue(page, What::Page, Vec::new());
        } else {
            visit.page = Err((place(&page), "only http and https can be asked".to_owned()));
        }
        visit
    }

    /// What to request besides the page and its files.
    pub const fn probes(mut self, probes: Probes) -> Self {
        self.probes = probes;
        self
    }

    /// What to fetch next, until there is nothing left.
    pub fn next_fetch(&mut self) -> Option<Fetch> {
        if self.queue.is_empty()
            && let Ok(page) = self.page.clone()
        {
            self.files_of(&page);
            if self.queue.is_empty() && !self.is_probed {
                self.is_probed = true;
                let probes = placement::probes(page.url(), self.probes).into_iter();
                self.queue.extend(probes.map(|(name, request)| Fetch {
                    url: page.url().clone(),
                    request,
                    what: What::Probe(name),
                    hops: Vec::new(),
                    reach: self.reach.clone(),
                }));
            }
        }
        self.queue.pop_front()
    }

    fn files_of(&mut self, page: &Response) {
        let context = self.context.clone().resources(&self.resources);
        let mut files = loads::files(&Input::new(page, &context));
        let is_asked = |url: &Url| self.asked.contains(&url.to_string());
        files.retain(|url| context.resource(url).is_none() && !is_asked(url));
        let room = MOST_FILES.saturating_sub(self.asked.len());
        let too_many = files.split_off(room.min(files.len()));
        if !too_many.is_empty() {
            let why = format!("no more than {MOST_FILES} files of a page are requested");
            self.missing
                .insert((why, OF_FILES), too_many.iter().map(shown_url).collect());
        }
        for url in files {
            self.asked.insert(url.to_string());
            let what = What::File(url.clone());
            self.enqueue(url, what, Vec::new());
        }
    }

    /// What was received, or why nothing was. Redirects are followed; callers that have done so
    /// already state with the response's URL where a page came from.
    ///
    /// Without the page there is no report; a file that can't be fetched is listed as not checked;
    /// and a server that fails when it is probed counts as answering without headers.
    pub fn answer(&mut self, fetch: Fetch, answer: Result<Response, String>) {
        if let What::Probe(name) = fetch.what {
            return self.answers.push((name, answer));
        }
        let answer = match answer {
            Ok(response) => match fetch.redirected(&response) {
                Some(Ok(next)) => {
                    let hops = fetch.hops.into_iter().chain([response]);
                    return self.enqueue(next, fetch.what, hops.collect());
                }
                Some(Err(failure)) => Err(failure),
                None => Ok(response),
            },
            Err(reason) => Err((place(&fetch.url), reason)),
        };
        self.arrived(fetch.what, answer);
    }

    /// Continues without it: a page that redirects there is judged as a redirect, and anything
    /// else is listed as not checked, for this reason.
    pub fn leave(&mut self, mut fetch: Fetch, why: &str) {
        match (fetch.what, fetch.hops.pop()) {
            (What::Page, Some(hop)) => self.page = Ok(hop),
            (what, _) => self.arrived(what, Err((place(&fetch.url), why.to_owned()))),
        }
    }

    /// The page, if it was received.
    pub fn page(&self) -> Option<&Response> {
        self.page.as_ref().ok()
    }

    /// The page's files that were received.
    pub fn files(&self) -> &[Response] {
        &self.resources
    }

    fn enqueue(&mut self, url: Url, what: What, hops: Vec<Response>) {
        match Fetch::get(url, what.clone(), hops, &self.reach) {
            Ok(fetch) if fetch.hops.is_empty() => self.queue.push_back(fetch),
            Ok(fetch) => self.queue.push_front(fetch),
            Err(failure) => self.arrived(what, Err(failure)),
        }
    }

    fn arrived(&mut self, what: What, answer: Result<Response, Failure>) {
        let (name, missing) = match (what, answer) {
            (What::Page, answer) => {
                self.page = answer;
                return;
            }
            (What::File(url), Ok(response)) => return self.resources.push(response.at(url)),
            (What::File(url), Err((_, why))) => (shown_url(&url), (why, OF_FILES)),
            (What::Probe(name), Err((_, why))) => {
                (format!("the answer to an {name}"), (why, placement::CODES))
            }
            // `answer` has kept it.
            (What::Probe(_), Ok(_)) => return,
        };
        self.missing.entry(missing).or_default().push(name);
    }

    /// The report on everything received so far, at any time.
    ///
    /// # Errors
    /// [`AuditErrorKind::Page`](super::AuditErrorKind) if the page was not received.
    pub fn report(self) -> Result<Report, AuditError> {
        let page = self
            .page
            .map_err(|(url, reason)| AuditFault::Page { url, reason })?;
        let context = self.context.clone().resources(&self.resources);
        let mut report = audit(&page, &context);
        for url in loads::files(&Input::new(&page, &context)) {
            let file = context
                .resource(&url)
                .filter(|file| file.status().is_success());
            if let Some(file) = file.filter(|file| file.origin() == page.origin()) {
                let context = Context::new(Profile::Asset).waivers(context.waivers.clone());
                report = report.and(audit(file, &context));
            }
        }
        report = report.and(placement::report(&page, &self.answers, &context));
        let mut not_checked = |codes: &[Code], what: String, why: &str| {
            report.not_checked.push(NotChecked {
                url: page.place(),
                what,
                why: shown(why),
                codes: codes.to_vec(),
            });
        };
        for ((why, codes), names) in &self.missing {
            if let [first, more @ ..] = &names[..] {
                let more = match more.len() {
                    0 => String::new(),
                    count => format!(" and {count} more"),
                };
                not_checked(codes, format!("{first}{more}"), why);
            }
        }
        if self.probes == Probes::UnknownPath {
            let what = "the answers to an unknown method, a large body and an unknown host";
            let why = "only the server's operator should send such requests: `visor audit --probe`";
            not_checked(placement::CODES, what.to_owned(), why);
        }
        Ok(report)
    }
}

/// A URL as messages name it: its query may be a credential.
fn place(url: &Url) -> String {
    url.without_query().to_string()
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}
