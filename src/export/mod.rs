//! A whole site as files and headers for servers that aren't ours.
//!
//! nginx, Apache, a static host or a CDN can't compile pages and verify pins, but they can send what was
//! compiled and verified beforehand. [`Site::export`] produces all of it: the compiled pages, the verified
//! files, and the host's own configuration, in which each page has its own policy of hashes.
//!
//! ```no_run
//! use tower_visor::export::Hosting;
//!
//! # fn export(site: &tower_visor::Site) -> Result<(), Box<dyn std::error::Error>> {
//! let written = site
//!     .export(Hosting::Nginx)
//!     .at("/srv/visor")
//!     .proxying("/api/", "http://127.0.0.1:3000")
//!     .write("dist/nginx")?;
//! for note in written.notes() {
//!     eprintln!("{note}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is written
//!
//! | path | what it is |
//! |---|---|
//! | `public/` | the compiled pages and all files, as they are served |
//! | `deep/`, or `public/visor-deep/` | pages of [`page_at`](crate::site::SiteBuilder::page_at), which have no path of their own |
//! | the host's own names (`nginx/server.conf`, `public/_headers`, ...) | its configuration |
//! | `visor-export.json` | the digest of each of these files, for [`check`] |
//!
//! The same site always gives the same bytes. How to use them on each host, and what it can't do, is described in
//! [`docs::hosting`](crate::docs::hosting).
//!
//! # Limits
//!
//! The hosts' limits are data, [`LIMITS`], with sources. A value that is too long is split, if the host
//! has a way to put it together again; otherwise the export fails and says the number and what to do.
//! Nothing is shortened, and nothing is written before everything is known to fit.

mod apache;
mod caddy;
mod collisions;
mod error;
mod front_door;
mod headers_file;
mod hosting;
mod limits;
mod names;
mod nginx;
mod pattern;
mod plan;
mod static_web_apps;
mod table;
mod vercel;
mod write;

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;

pub use error::ExportError;
use error::ExportFault;
pub use hosting::{Hosting, UnknownHosting};
pub use limits::{Counted, LIMITS, Limit};
pub use write::check;

use crate::errors::Errors;
use crate::policy::CompiledPolicy;
use crate::site::Site;
use plan::{Kinds, Plan};

/// Where the export lies on the server, unless it is said.
const ROOT: &str = "/srv/visor";

/// A site to be exported to another server. See the [module](self).
#[derive(Clone, Debug)]
#[must_use = "nothing is written before `write`"]
pub struct Export {
    site: Site,
    hosting: Hosting,
    root: String,
    proxies: Vec<(String, String)>,
}

impl Site {
    /// The site as it is now, for a server or a host that isn't ours.
    pub fn export(&self, hosting: Hosting) -> Export {
        Export {
            site: self.clone(),
            hosting,
            root: ROOT.to_owned(),
            proxies: Vec::new(),
        }
    }
}

impl Export {
    /// Where the folder will be on the server, as an absolute path with slashes; by default
    /// `/srv/visor`. The configurations of nginx, Apache and Caddy name it.
    pub fn at(mut self, root: impl Into<String>) -> Self {
        self.root = root.into();
        self
    }

    /// An application behind the server answers this path, or everything below it if it ends in a slash;
    /// the upstream is a scheme and a host, with a port. Its answers get the headers that the layer would give
    /// them.
    ///
    /// nginx, Apache, Caddy, Netlify and Vercel forward requests; with the others, set the application up
    /// where the host has a place for it.
    pub fn proxying(mut self, path: impl Into<String>, upstream: impl Into<String>) -> Self {
        self.proxies.push((path.into(), upstream.into()));
        self
    }

    /// All files of the export, in memory.
    ///
    /// # Errors
    /// All at once:
    ///
    /// * a policy that the host can't express, or that is too long for it
    /// * names of files that the host can't serve, or treats as its own configuration
    /// * patterns of pages that the host has no way to write
    /// * two pages, or a page and a file, at one path
    /// * an invalid place on the server, or an invalid proxy
    pub fn files(&self) -> Result<Exported, Errors<ExportError>> {
        let mut faults = Vec::new();
        let exceptions = self.site.relaxed().iter();
        let exceptions = exceptions.map(|relaxed| format!("exception: {relaxed}"));
        let warnings = self.site.warnings();
        let warnings = warnings.iter().map(|warning| format!("warning: {warning}"));
        let notes: Vec<String> = exceptions
            .chain(warnings)
            .map(|note| one_line(&note))
            .collect();
        let target = (self.hosting, self.root.as_str());
        let plan = Plan::new(
            self.site.inventory(),
            target,
            &self.proxies,
            notes,
            &mut faults,
        );
        collisions::check(&plan, &mut faults);
        if let Some((path, _)) = self.proxies.first().filter(|_| !passes_on(self.hosting)) {
            faults.push(ExportFault::Proxy {
                path: crate::foreign::shown(path),
                reason: format!(
                    "{} can't forward requests with this configuration: set the application up there, and leave it out here",
                    self.hosting
                ),
            });
        }
        let configuration = configuration(&plan, &mut faults);
        Errors::check(faults)?;
        let mut files = plan.files;
        for (path, text) in configuration {
            files.insert(path, Bytes::from(text));
        }
        let manifest = write::manifest(self.hosting, &files);
        files.insert(write::MANIFEST.to_owned(), Bytes::from(manifest));
        Ok(Exported {
            files,
            notes: plan.notes,
        })
    }

    /// Writes all files into a new folder, or in place of an earlier export: next to it first, so that
    /// a reader sees either all of the old or all of the new.
    ///
    /// # Errors
    /// As [`Export::files`]; and a folder that exists and isn't an export, or can't be written. Then
    /// nothing changes.
    pub fn write(&self, folder: impl AsRef<Path>) -> Result<Exported, Errors<ExportError>> {
        let exported = self.files()?;
        write::write(folder.as_ref(), &exported.files)?;
        Ok(exported)
    }
}

/// What an export consists of.
#[derive(Clone, PartialEq, Eq)]
pub struct Exported {
    files: BTreeMap<String, Bytes>,
    notes: Vec<String>,
}

impl Exported {
    /// The files, by their paths in the folder, sorted.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        self.files
            .iter()
            .map(|(path, bytes)| (path.as_str(), bytes))
    }

    /// The policy's exceptions and all warnings, one per line: they are in the configuration too.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// The paths, and not the bytes.
impl std::fmt::Debug for Exported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exported")
            .field("files", &self.files.keys())
            .field("notes", &self.notes)
            .finish()
    }
}

/// The headers of a policy in a host's own format, for a server whose files are not a site: one set for
/// pages and one for everything else, if the host can tell them apart.
///
/// Azure Static Web Apps, Azure Front Door, Cloudflare Pages, Netlify and Vercel can't: there, every response
/// gets the headers of a page. [`Site::export`] does better on each of them.
///
/// ```
/// use tower_visor::export::{self, Hosting};
/// use tower_visor::policy::{Document, Policy, Resource};
///
/// let page = Document::new("https://www.contoso.example")?.loads(Resource::Script, "/app.js");
/// let policy = Policy::document(page).compile()?;
/// let text = export::headers(policy, Hosting::Nginx)?;
/// assert!(text.contains("add_header x-content-type-options \"nosniff\" always;"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A policy with nonces, and one that the host can't express or that is too long for it.
pub fn headers(policy: CompiledPolicy, hosting: Hosting) -> Result<String, ExportError> {
    if policy.needs_nonce() {
        let path = "the policy".to_owned();
        return Err(ExportFault::Nonce { hosting, path }.into());
    }
    let kinds = Kinds::of(policy);
    let exceptions = policy.relaxed().iter();
    let exceptions = exceptions.map(|relaxed| format!("exception: {relaxed}"));
    let warnings = policy.warnings().iter();
    let warnings = warnings.map(|warning| format!("warning: {warning}"));
    let mut notes = vec![
        "A static server can't make nonces, can't tell a file of the SDK from another, and keeps no header"
            .to_owned(),
        "of an application behind it from leaking. The layer of tower-visor does all three.".to_owned(),
    ];
    notes.extend(exceptions.chain(warnings).map(|note| one_line(&note)));
    let text = match hosting {
        Hosting::Nginx => nginx::kinds(&kinds, &notes),
        Hosting::Apache => apache::kinds(&kinds, &notes),
        Hosting::Caddy => caddy::kinds(&kinds, &notes),
        Hosting::AzureStaticWebApps => static_web_apps::kinds(&kinds),
        Hosting::AzureFrontDoor => front_door::kinds(&kinds, &notes),
        Hosting::CloudflarePages | Hosting::Netlify => headers_file::kinds(hosting, &kinds, &notes),
        Hosting::Vercel => vercel::kinds(&kinds),
        Hosting::Node | Hosting::Json => Ok(table::kinds(&kinds, &notes)),
    };
    Ok(text?)
}

/// The host's own files.
fn configuration(plan: &Plan, faults: &mut Vec<ExportFault>) -> BTreeMap<String, String> {
    let one = |name: &str, text: String| BTreeMap::from([(name.to_owned(), text)]);
    match plan.hosting {
        Hosting::Nginx => nginx::write(plan, faults),
        Hosting::Apache => one("apache/visor.conf", apache::write(plan, faults)),
        Hosting::Caddy => one("Caddyfile", caddy::write(plan, faults)),
        Hosting::AzureStaticWebApps => {
            let text = static_web_apps::write(plan, faults);
            one("public/staticwebapp.config.json", text.unwrap_or_default())
        }
        Hosting::AzureFrontDoor => {
            let text = front_door::write(plan, faults);
            one("frontdoor.bicep", text.unwrap_or_default())
        }
        Hosting::CloudflarePages | Hosting::Netlify => headers_file::write(plan, faults),
        Hosting::Vercel => one("vercel.json", vercel::write(plan, faults)),
        Hosting::Node => {
            let mut files = one("visor-table.json", table::write(plan));
            files.insert("visor.cjs".to_owned(), table::MIDDLEWARE.to_owned());
            files
        }
        Hosting::Json => one("visor-table.json", table::write(plan)),
    }
}

/// Whether the configuration of a host can pass requests on.
fn passes_on(hosting: Hosting) -> bool {
    use Hosting::{Apache, Caddy, Netlify, Nginx, Vercel};
    matches!(hosting, Nginx | Apache | Caddy | Netlify | Vercel)
}

/// A reason that a user wrote may have lines of its own, and a comment ends with its line.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
