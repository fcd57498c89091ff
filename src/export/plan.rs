//! What every writer starts from: files, and which headers which paths get.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use http::HeaderMap;

use super::names::{reserved, unfit};
use super::{ExportFault, Hosting};
use crate::escape::log;
use crate::policy::{CompiledPolicy, HostKind};
use crate::response::ResponseClass;
use crate::site::{Answer, Inventory, Kind, Pattern};
use crate::url::{Url, decoded};

/// Headers with one value each, as text.
pub(super) type Lines = Vec<(String, String)>;

/// A site, ready to be written for any host.
pub(super) struct Plan {
    pub(super) hosting: Hosting,
    /// Where the export will lie on the server.
    pub(super) root: String,
    /// By their place in the export, with slashes.
    pub(super) files: BTreeMap<String, Bytes>,
    pub(super) pages: Vec<PlannedPage>,
    /// Of all files but the `exceptions`.
    pub(super) file_headers: Lines,
    /// The URL paths of all files, sorted.
    pub(super) file_paths: Vec<String>,
    /// Files with headers of their own, such as those that browsers keep for a year.
    pub(super) exceptions: Vec<(String, Lines)>,
    /// What is said of the bytes of each file, by its path: `Unencoded-Digest` of a whole answer.
    pub(super) unencoded: BTreeMap<String, String>,
    pub(super) sdk_folder: String,
    pub(super) missing: Lines,
    pub(super) missing_sdk: Lines,
    pub(super) redirect: Option<(String, String)>,
    /// Of that redirect.
    pub(super) moved: Lines,
    /// The digest of each file, by its place.
    pub(super) digests: BTreeMap<String, String>,
    /// Content types by the ends of names.
    pub(super) types: BTreeMap<String, String>,
    pub(super) proxies: Vec<Proxy>,
    /// Of what an application behind the server answers.
    pub(super) api: Kinds,
    /// Exceptions and warnings, a line each.
    pub(super) notes: Vec<String>,
}

/// A page, with all paths that it is sent at.
pub(super) struct PlannedPage {
    pub(super) paths: Vec<String>,
    pub(super) patterns: Vec<Pattern>,
    /// Its place in the export.
    pub(super) file: String,
    pub(super) headers: Lines,
}

/// Paths that an application behind the server answers.
#[derive(Clone, Debug)]
pub(super) struct Proxy {
    /// Begins with a slash. With one at its end it is all that begins so.
    pub(super) path: String,
    /// Scheme and authority.
    pub(super) upstream: String,
}

/// The headers of one policy, by what the response is.
#[derive(Clone)]
pub(super) struct Kinds {
    pub(super) document: Lines,
    pub(super) other: Lines,
}

impl Kinds {
    pub(super) fn of(policy: CompiledPolicy) -> Self {
        let of = |class| lines(&policy.headers(class, HostKind::Named));
        Self {
            document: of(ResponseClass::Document),
            other: of(ResponseClass::Other),
        }
    }

    /// Every name with its value in a document and in anything else; the empty one is none.
    pub(super) fn pairs(&self) -> Vec<(&str, &str, &str)> {
        let mut pairs: Vec<(&str, &str, &str)> = Vec::new();
        for (name, value) in &self.document {
            pairs.push((name, value, value_of(&self.other, name)));
        }
        for (name, value) in &self.other {
            if value_of(&self.document, name).is_empty() {
                pairs.push((name, "", value));
            }
        }
        pairs
    }
}

pub(super) fn value_of<'a>(lines: &'a Lines, name: &str) -> &'a str {
    let found = lines.iter().find(|(known, _)| known == name);
    found.map_or("", |(_, value)| value)
}

/// Of a page it is one of its headers.
pub(super) const UNENCODED: &str = "unencoded-digest";

/// What the server says by itself, of the bytes that it sends.
const OF_THE_BYTES: [&str; 8] = [
    "accept-ranges",
    "allow",
    "content-encoding",
    "content-length",
    "content-type",
    "etag",
    "location",
    "vary",
];

/// The headers that are configured. Of a name that stands several times the values are joined: a comma
/// says the same as another line (RFC 9110, section 5.3).
pub(super) fn lines(headers: &HeaderMap) -> Lines {
    let mut lines = Lines::new();
    for (name, value) in headers {
        // Ours, of ASCII.
        let value = value.to_str().unwrap_or_default();
        if OF_THE_BYTES.contains(&name.as_str()) {
            continue;
        }
        match lines.iter_mut().find(|(known, _)| known == name.as_str()) {
            Some((_, before)) => {
                before.push_str(", ");
                before.push_str(value);
            }
            None => lines.push((name.as_str().to_owned(), value.to_owned())),
        }
    }
    lines
}

/// The name of the file that is served at a URL path, with its folders: a path as browsers write it,
/// with its escapes undone.
pub(super) fn file_name(path: &str) -> String {
    String::from_utf8_lossy(&decoded(path.trim_start_matches('/'))).into_owned()
}

impl Plan {
    pub(super) fn new(
        inventory: Inventory,
        (hosting, root): (Hosting, &str),
        proxies: &[(String, String)],
        notes: Vec<String>,
        faults: &mut Vec<ExportFault>,
    ) -> Self {
        let mut plan = Self {
            hosting,
            root: root.trim_end_matches('/').to_owned(),
            files: BTreeMap::new(),
            pages: Vec::new(),
            file_headers: Lines::new(),
            file_paths: Vec::new(),
            exceptions: Vec::new(),
            unencoded: BTreeMap::new(),
            sdk_folder: inventory.sdk_folder,
            missing: lines(&inventory.missing),
            missing_sdk: lines(&inventory.missing_sdk),
            redirect: inventory.redirect,
            moved: lines(&inventory.moved),
            digests: BTreeMap::new(),
            types: BTreeMap::new(),
            proxies: Vec::new(),
            api: Kinds::of(inventory.policy),
            notes,
        };
        if inventory.policy.needs_nonce() {
            faults.push(ExportFault::Nonce {
                hosting,
                path: "answers of an application".to_owned(),
            });
        }
        plan.check_root(faults);
        for (path, upstream) in proxies {
            match proxy(path, upstream) {
                Ok(proxy) => plan.proxies.push(proxy),
                Err(reason) => faults.push(ExportFault::Proxy {
                    path: crate::foreign::shown(path),
                    reason: reason.to_owned(),
                }),
            }
        }
        // As of a file that may change: it is what stays right for every path.
        plan.file_headers = plan.missing_sdk.clone();
        for (name, value) in &mut plan.file_headers {
            if name == "cache-control" {
                "no-cache, no-transform".clone_into(value);
            }
        }
        for (number, answer) in inventory.answers.into_iter().enumerate() {
            plan.add(number, answer, faults);
        }
        plan.file_paths.sort();
        plan.check_names(faults);
        plan
    }

    fn add(&mut self, number: usize, answer: Answer, faults: &mut Vec<ExportFault>) {
        let place = match answer.paths.last() {
            Some(path) => format!("public/{}", file_name(path)),
            // No path leads to it as it is.
            None => format!("{}/page-{number}.html", deep_folder(self.hosting)),
        };
        if let Some((_, end)) = place
            .rsplit('/')
            .next()
            .and_then(|name| name.rsplit_once('.'))
        {
            let kind = answer.content_type();
            if kind != "application/octet-stream" {
                self.types.insert(end.to_ascii_lowercase(), kind.to_owned());
            }
        }
        let mut headers = lines(&answer.headers);
        // These know types of their own, and no new one.
        let knows_types = !matches!(
            self.hosting,
            Hosting::CloudflarePages | Hosting::Netlify | Hosting::Vercel
        );
        let ending = Path::new(&place).extension();
        if ending.is_some_and(|ending| ending == "waict") && !knows_types {
            let kind = answer.content_type().to_owned();
            headers.push(("content-type".to_owned(), kind));
        }
        if answer.kind == Kind::Page {
            if answer.policy.needs_nonce() {
                faults.push(ExportFault::Nonce {
                    hosting: self.hosting,
                    path: answer.paths.first().cloned().unwrap_or_default(),
                });
            }
            // A rule for a page is one for each way to ask for it, and Chromium refuses an answer to
            // HEAD that names a digest; of documents no browser checks it.
            headers.retain(|(name, _)| name != UNENCODED);
            self.pages.push(PlannedPage {
                paths: answer.paths,
                patterns: answer.patterns,
                file: place.clone(),
                headers,
            });
        } else {
            // It differs from file to file, and rules are for many.
            let said = headers.extract_if(.., |(name, _)| name == UNENCODED);
            let said: Vec<String> = said.map(|(_, value)| value).collect();
            for path in answer.paths {
                if let Some(value) = said.first() {
                    self.unencoded.insert(path.clone(), value.clone());
                }
                if headers != self.file_headers {
                    self.exceptions.push((path.clone(), headers.clone()));
                }
                self.file_paths.push(path);
            }
        }
        for (coding, bytes) in answer.copies {
            if has_copies(self.hosting) {
                self.files
                    .insert(format!("{place}{}", coding.extension()), bytes);
            }
        }
        let digest = answer.digest.to_string();
        self.digests.insert(place.clone(), digest);
        self.files.insert(place, answer.bytes);
    }

    fn check_root(&self, faults: &mut Vec<ExportFault>) {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
        if !self.root.starts_with('/') || !self.root.chars().all(is_plain) {
            let root = crate::foreign::shown(&self.root);
            faults.push(ExportFault::Root { root });
        }
    }

    fn check_names(&self, faults: &mut Vec<ExportFault>) {
        let mut folded: BTreeMap<String, &str> = BTreeMap::new();
        let ours: Vec<&str> = self.deep().map(|(_, page)| page.file.as_str()).collect();
        for place in self.files.keys() {
            if let Some(other) = folded.insert(place.to_lowercase(), place) {
                faults.push(ExportFault::OneCase {
                    path: crate::foreign::shown(place),
                    other: crate::foreign::shown(other),
                });
            }
            let name = place.strip_prefix("public/");
            let Some(name) = name.filter(|_| !ours.contains(&place.as_str())) else {
                continue;
            };
            if reserved(self.hosting)
                .iter()
                .any(|known| name == *known || known.ends_with('/') && name.starts_with(known))
            {
                faults.push(ExportFault::Reserved {
                    hosting: self.hosting,
                    path: crate::foreign::shown(name),
                });
            }
            if let Some(reason) = unfit(self.hosting, name) {
                faults.push(ExportFault::Name {
                    hosting: self.hosting,
                    path: crate::foreign::shown(name),
                    reason,
                });
            }
        }
    }

    /// The notes as comments.
    pub(super) fn comments(&self, sign: &str) -> String {
        head(&self.notes, sign)
    }

    /// What a rule for more than this path has said of it before: that of a pattern which fits it, or else
    /// that of all files. Two patterns that fit are refused.
    pub(super) fn before(&self, fits: impl Fn(&Pattern) -> bool) -> &Lines {
        let mut fitting = self.deep().filter(|(pattern, _)| fits(pattern));
        let found = fitting.next().map(|(_, page)| &page.headers);
        found.unwrap_or(&self.file_headers)
    }

    /// The deep pages, each pattern with its page.
    pub(super) fn deep(&self) -> impl Iterator<Item = (&Pattern, &PlannedPage)> {
        let pages = self.pages.iter();
        pages.flat_map(|page| page.patterns.iter().map(move |pattern| (pattern, page)))
    }
}

/// A sign that the host reads as something of its own, and that nothing escapes, is in no value.
pub(super) fn refuse_sign(
    hosting: Hosting,
    sign: char,
    path: &str,
    lines: &Lines,
    faults: &mut Vec<ExportFault>,
) {
    let found = lines.iter().filter(|(_, value)| value.contains(sign));
    faults.extend(found.map(|(name, _)| ExportFault::Sign {
        hosting,
        path: path.to_owned(),
        header: name.clone(),
        sign,
    }));
}

/// Stands at the head of each configuration.
pub(super) fn head(notes: &[String], sign: &str) -> String {
    let first = "Written by tower-visor; write it again when the policy, the application or the SDK changes.";
    // A reason is foreign text, and the log of a pipeline may show the file.
    let notes = notes.iter().map(|note| log(note));
    std::iter::once(first.to_owned())
        .chain(notes)
        .map(|line| [sign, " ", &line, "\n"].concat())
        .collect()
}

/// Pages that no path of their own leads to: beside what is public, where the host can reach there.
fn deep_folder(hosting: Hosting) -> &'static str {
    match hosting {
        Hosting::Nginx | Hosting::Apache | Hosting::Caddy | Hosting::Node | Hosting::Json => "deep",
        _ => "public/visor-deep",
    }
}

/// Whether compressed copies are of use: the others compress by themselves.
fn has_copies(hosting: Hosting) -> bool {
    use Hosting::{Apache, Caddy, Json, Nginx, Node};
    matches!(hosting, Nginx | Apache | Caddy | Node | Json)
}

fn proxy(path: &str, upstream: &str) -> Result<Proxy, &'static str> {
    let spelt = crate::url::one_spelling(path);
    if !path.starts_with('/')
        || spelt.as_deref() != Some(path)
        || path.contains(['*', '{', '$', '"'])
    {
        return Err("write it as a URL path, such as `/api/` for everything below it");
    }
    if path == "/" {
        return Err("name the paths of the API, `/api/` for example: all others are the site's");
    }
    let url: Result<Url, _> = upstream.parse();
    let url = url.map_err(|_| "its server is not a URL: write `http://127.0.0.1:3000`")?;
    let origin = url.origin().map_or_else(String::new, ToString::to_string);
    if origin.is_empty() || upstream.trim_end_matches('/') != origin {
        return Err(
            "write its server as scheme and host, with a port where it needs one: `http://127.0.0.1:3000`",
        );
    }
    Ok(Proxy {
        path: path.to_owned(),
        upstream: origin,
    })
}
