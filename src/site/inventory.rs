//! Every answer that a site can send.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};

use super::Site;
use super::pattern::Pattern;
use super::state::State;
use crate::assets::{self, Coding};
use crate::layer;
use crate::page::Page;
use crate::policy::CompiledPolicy;
use crate::response::{WholeBody, refusal};
use crate::sri::Digest;

/// Every answer that one version of a site can send to a `GET`, each once, with its kind and its
/// headers: the basis for a manifest of the site or another server's configuration.
///
/// Headers are those of a request to the policy's own host.
#[derive(Clone, Debug)]
pub(crate) struct Inventory {
    /// Sorted by their first path; pages that have patterns only come last.
    pub(crate) answers: Vec<Answer>,
    /// The start page without its last slash, and where that leads.
    pub(crate) redirect: Option<(String, String)>,
    /// The headers of that redirect, without where it leads.
    pub(crate) moved: HeaderMap,
    /// Below this path lies nothing but what is pinned.
    pub(crate) sdk_folder: String,
    /// The headers of a `404` below it.
    pub(crate) missing_sdk: HeaderMap,
    /// The headers of any other `404`, whose body is empty too.
    pub(crate) missing: HeaderMap,
    /// Of what the application behind the site answers itself.
    pub(crate) policy: CompiledPolicy,
}

/// What is sent with status `200`.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) kind: Kind,
    /// The URL paths, as browsers write them: of a folder's start page the folder's first.
    pub(crate) paths: Vec<String>,
    /// Further paths, in the order in which they are tried; of pages alone.
    pub(crate) patterns: Vec<Pattern>,
    /// Before any content coding.
    pub(crate) bytes: Bytes,
    /// Of `bytes`, in the algorithm of the pins.
    pub(crate) digest: Digest,
    /// The compressed copies, the smallest first.
    pub(crate) copies: Vec<(Coding, Bytes)>,
    /// That of the response: a page's own, or that of all other answers.
    pub(crate) policy: CompiledPolicy,
    /// All headers of the response without a content coding, as they leave the layer.
    pub(crate) headers: HeaderMap,
}

/// Whose bytes they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A compiled page.
    Page,
    /// A file of the SDK.
    Sdk,
    /// Another file of the application.
    Application,
}

impl Answer {
    /// The type of the bytes.
    pub(crate) fn content_type(&self) -> &str {
        let value = self.headers.get(CONTENT_TYPE);
        // Ours, of ASCII.
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

impl Site {
    /// What the site sends now, of one version.
    pub(crate) fn inventory(&self) -> Inventory {
        self.current.get().inventory()
    }
}

impl State {
    pub(super) fn inventory(&self) -> Inventory {
        let request = |path: &str| -> Request<()> {
            let mut request = Request::new(());
            // Each of them is the path of a URL, of ASCII; should that not hold, it is asked for
            // nothing that depends on it.
            if let Ok(uri) = path.parse() {
                *request.uri_mut() = uri;
            }
            if let Ok(host) = HeaderValue::try_from(self.authority.as_str()) {
                request.headers_mut().insert(HOST, host);
            }
            request
        };
        let sent = |path: &str, response: Response<WholeBody>| -> HeaderMap {
            layer::sent(&request(path), response, self.policy)
        };
        let refused = || refusal(StatusCode::NOT_FOUND);
        let mut answers = self.of_files(&request, &sent);
        answers.extend(self.of_pages(&request, &sent));
        #[cfg(feature = "waict")]
        answers.extend(self.of_waict(&request, &sent));
        answers.sort_by(|a, b| (a.paths.is_empty(), &a.paths).cmp(&(b.paths.is_empty(), &b.paths)));
        let start = self.start_without_slash();
        let redirect = (!start.is_empty()).then(|| (start.to_owned(), format!("{start}/")));
        Inventory {
            answers,
            redirect,
            moved: sent("/", refusal(StatusCode::TEMPORARY_REDIRECT)),
            sdk_folder: self.sdk_folder.clone(),
            missing_sdk: sent("/", assets::not_found(&self.sdk_folder)),
            missing: sent("/", refused()),
            policy: self.policy,
        }
    }

    fn of_files(
        &self,
        request: &impl Fn(&str) -> Request<()>,
        sent: &impl Fn(&str, Response<WholeBody>) -> HeaderMap,
    ) -> Vec<Answer> {
        let of = |file: assets::Listed<'_>| {
            let kind = if file.is_sdk {
                Kind::Sdk
            } else {
                Kind::Application
            };
            let response = assets::find(&self.files, &request(&file.url));
            Answer {
                kind,
                headers: sent(&file.url, response.unwrap_or_default()),
                paths: vec![file.url],
                patterns: Vec::new(),
                bytes: file.bytes.clone(),
                digest: file.digest,
                copies: file.copies,
                policy: self.policy,
            }
        };
        self.files.listed().map(of).collect()
    }

    /// The manifest of today; those before it are for pages that were sent already.
    #[cfg(feature = "waict")]
    fn of_waict(
        &self,
        request: &impl Fn(&str) -> Request<()>,
        sent: &impl Fn(&str, Response<WholeBody>) -> HeaderMap,
    ) -> Option<Answer> {
        let waict = self.waict.as_ref()?;
        let response = waict.answer(&request(&waict.path))?;
        Some(Answer {
            kind: Kind::Application,
            headers: sent(&waict.path, response),
            paths: vec![waict.path.clone()],
            patterns: Vec::new(),
            bytes: waict.body.clone(),
            digest: Digest::of(self.pins.algorithm(), &waict.body),
            copies: Vec::new(),
            policy: self.policy,
        })
    }

    fn of_pages(
        &self,
        request: &impl Fn(&str) -> Request<()>,
        sent: &impl Fn(&str, Response<WholeBody>) -> HeaderMap,
    ) -> Vec<Answer> {
        let algorithm = self.pins.algorithm();
        let of = |page: &Page, paths: Vec<String>, patterns: Vec<Pattern>| Answer {
            kind: Kind::Page,
            headers: sent("/", page.response(&request("/"))),
            paths,
            patterns,
            bytes: page.bytes().clone(),
            digest: Digest::of(algorithm, page.bytes()),
            copies: Vec::new(),
            policy: page.policy(),
        };
        let pages = &self.pages;
        let files = pages
            .by_path
            .iter()
            .filter(|(path, _)| !path.ends_with('/'));
        let files = files.map(|(path, page)| {
            let folder = path.strip_suffix("index.html");
            let folder = folder.filter(|folder| pages.by_path.contains_key(*folder));
            let paths = folder.into_iter().chain([path.as_str()]);
            of(page, paths.map(str::to_owned).collect(), Vec::new())
        });
        // In their order: the first that fits a path is the one that is sent.
        let deep = pages.deep.iter();
        let deep = deep.map(|(pattern, page)| of(page, Vec::new(), vec![pattern.clone()]));
        files.chain(deep).collect()
    }
}

#[cfg(test)]
mod tests {
    use tower::ServiceExt as _;

    use super::super::pattern::Part;
    use super::*;
    use crate::app::AppFiles;
    use crate::pins::Scan;
    use crate::policy::{Document, Resource};
    use crate::sdk::Endpoint;

    const SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");

    fn site() -> Site {
        let html = "<!doctype html><title>Check</title><script type=module src=app.js></script>";
        let files = AppFiles::new()
            .file("/check/index.html", html)
            .and_then(|files| files.file("/check/help/index.html", "<!doctype html>Help"))
            .and_then(|files| files.file("/check/404.html", "<!doctype html>Not here"))
            .and_then(|files| files.file("/check/app.js", "import('./FaceLivenessDetector.js')"))
            .and_then(|files| files.file("/favicon.ico", "icon"))
            .unwrap();
        let document = Document::new("https://liveness.contoso.example").unwrap();
        let site = Site::pinned(SDK, Scan::new(SDK).served_at("/check/").run().unwrap())
            .app_files(files)
            .page_at("/verify/{*rest}", "index.html")
            .page_at("/{tenant}/check", "index.html");
        #[cfg(feature = "waict")]
        let site = site.waict(crate::header::WaictMode::Report);
        site.load(
            document.loads(Resource::Connect, "/api/session"),
            Endpoint::resource("contoso").unwrap(),
        )
        .unwrap()
    }

    #[tokio::test]
    async fn it_is_what_the_site_sends() {
        let site = site();
        let sent = async |path: &str| {
            let request = Request::get(path).header(HOST, "liveness.contoso.example");
            let request = request.body(()).unwrap();
            let answer = site.service().oneshot(request).await.unwrap();
            let (parts, body) = answer.into_parts();
            (parts.status, parts.headers, body.into_bytes())
        };
        let inventory = site.inventory();
        for answer in &inventory.answers {
            let deep = answer.patterns.iter().map(|pattern| match pattern.parts() {
                [_, Part::Rest] => "/verify/step2",
                _ => "/contoso/check",
            });
            let paths: Vec<&str> = answer
                .paths
                .iter()
                .map(String::as_str)
                .chain(deep)
                .collect();
            assert!(!paths.is_empty(), "{answer:?}");
            for path in paths {
                let (status, headers, bytes) = sent(path).await;
                assert_eq!(
                    (status, &headers),
                    (StatusCode::OK, &answer.headers),
                    "{path}"
                );
                assert_eq!(bytes, answer.bytes, "{path}");
                assert!(answer.digest.matches(&bytes), "{path}");
                assert_eq!(answer.content_type(), headers[CONTENT_TYPE], "{path}");
            }
        }
        for (path, status, headers) in [
            ("/check/nothing", 404, &inventory.missing),
            (
                "/check/facelivenessdetector-assets/x.js",
                404,
                &inventory.missing_sdk,
            ),
        ] {
            assert_eq!(sent(path).await.0, status, "{path}");
            assert_eq!(sent(path).await.1, *headers, "{path}");
        }
        let (from, to) = inventory.redirect.unwrap();
        let (status, mut headers, _) = sent(&from).await;
        assert_eq!(status, 307);
        assert_eq!(headers.remove("location").unwrap(), to);
        assert_eq!(headers, inventory.moved);
        assert!(headers.contains_key("strict-transport-security"));
    }

    #[test]
    fn nothing_is_missing_and_nothing_stands_twice() {
        let site = site();
        let answers = site.inventory().answers;
        let mut paths: Vec<String> = answers
            .iter()
            .flat_map(|answer| answer.paths.clone())
            .collect();
        paths.sort();
        let pinned = site.pins().files().len();
        let own = [
            "/check/",
            "/check/404.html",
            "/check/app.js",
            "/check/help/",
            "/check/help/index.html",
            "/check/index.html",
            "/favicon.ico",
        ];
        let manifests = usize::from(cfg!(feature = "waict"));
        assert_eq!(paths.len(), pinned + own.len() + manifests);
        assert!(
            own.iter()
                .all(|path| paths.iter().any(|known| known == path))
        );
        paths.dedup();
        assert_eq!(paths.len(), pinned + own.len() + manifests);
        let of = |kind| answers.iter().filter(|answer| answer.kind == kind).count();
        // Three by their files, two by a pattern.
        assert_eq!(of(Kind::Page), 5);
        assert_eq!(of(Kind::Sdk), pinned);
        assert_eq!(of(Kind::Application), 2 + manifests);
    }
}
