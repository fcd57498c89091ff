//! One page with one SDK: its files, its routes, its policy.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse as _};
use axum::routing::{get, get_service, post};
use axum::{Json, Router};
use tower_visor::app::AppFiles;
use tower_visor::assets::PinnedAssets;
use tower_visor::page::Page;
use tower_visor::pins::{PinnedFile, Pins, Scan};
use tower_visor::policy::{
    CompiledPolicy, ComponentTrust, Document, LivenessPage, Policy, Resource,
};
use tower_visor::sdk::{Endpoint, Version};

use super::Result;
use super::face::Face;

const INDEX: &str = include_str!("index.html");

/// The page's own files.
const FILES: [(&str, Resource, &str, &str); 3] = [
    (
        "app.js",
        Resource::Script,
        "text/javascript; charset=utf-8",
        include_str!("app.js"),
    ),
    (
        "words.js",
        Resource::Script,
        "text/javascript; charset=utf-8",
        include_str!("words.js"),
    ),
    (
        "app.css",
        Resource::Style,
        "text/css; charset=utf-8",
        include_str!("app.css"),
    ),
];

/// What is sent as the page.
pub(crate) enum Front {
    /// The compiled page, with a policy of its own.
    Guarded(Page),
    /// The file as it is, with this policy.
    AsIs(CompiledPolicy),
    /// The file as it is, without any policy.
    Bare,
}

/// Where an SDK is, and what is asked of it.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) base: &'static str,
    pub(crate) folder: &'a Path,
    pub(crate) lock: Option<&'a Path>,
    pub(crate) version: Option<&'a Version>,
}

pub(crate) struct Site {
    /// Where it is served: begins and ends with a slash.
    pub(crate) base: &'static str,
    pub(crate) pins: Pins,
    folder: PathBuf,
    /// The lock file that the pins come from.
    pub(crate) lock: Option<PathBuf>,
    assets: PinnedAssets,
    /// The paths of the page's own files.
    own: Vec<String>,
}

impl Site {
    /// Finds the SDK in a folder, checks every file against the lock file, and reads it. Without a
    /// lock file it pins what it finds: complete and of one version, and no more.
    pub(crate) fn load(place: Place<'_>) -> Result<Self> {
        let Place {
            base,
            folder,
            lock,
            version,
        } = place;
        let pins = match lock {
            Some(file) => read_lock(file, base)?,
            None => Scan::new(folder).served_at(base).run()?,
        };
        if let Some(expected) = version.filter(|version| *version != pins.version()) {
            let place = lock.unwrap_or(folder).display();
            let found = pins.version();
            return Err(format!("{place}: this is SDK {found}, not {expected}").into());
        }
        let verified = pins.verify(folder)?;
        let assets = PinnedAssets::new(&verified)?;
        Ok(Self {
            base,
            pins,
            folder: folder.to_owned(),
            lock: lock.map(Path::to_owned),
            assets,
            own: FILES.map(|(file, ..)| format!("{base}{file}")).into(),
        })
    }

    /// The strictest policy that this page runs under.
    pub(crate) fn policy(
        &self,
        origin: &str,
        endpoint: &Endpoint,
        reports: Option<&str>,
    ) -> Result<Policy> {
        let mut page = Document::new(origin)?;
        for (file, resource, ..) in FILES {
            page = page.loads(resource, &format!("{}{file}", self.base));
        }
        page = page
            .loads(Resource::Connect, &format!("{}api/session", self.base))
            // The page shows the headers that it came with.
            .loads(Resource::Connect, &format!("{}index.html", self.base));
        let page = LivenessPage::pinned(page, &self.pins, endpoint.clone());
        let policy = Policy::strict(page);
        Ok(match reports {
            Some(url) => policy.reporting("visor", url),
            None => policy,
        })
    }

    /// The policy of the page as it is: all that headers can do.
    pub(crate) fn headers_only(
        &self,
        policy: &Policy,
        component: ComponentTrust,
    ) -> Result<CompiledPolicy> {
        let verified = self.pins.verify(&self.folder)?;
        Ok(policy.compile_headers_only(&verified, component)?)
    }

    /// The page's own files, as they are served.
    fn app(&self) -> Result<AppFiles> {
        let mut app = AppFiles::new();
        for (file, _, _, text) in FILES {
            app = app.file(format!("{}{file}", self.base), text)?;
        }
        Ok(app)
    }

    /// What browsers may run: for what they report.
    #[cfg(feature = "reports")]
    pub(crate) fn scripts(&self, origin: &str) -> Result<tower_visor::reports::KnownScripts> {
        let scripts = tower_visor::reports::KnownScripts::new(origin.parse()?, &self.pins);
        Ok(scripts.and(&self.app()?))
    }

    /// The page, compiled against the pins and its own files.
    pub(crate) fn page(&self, policy: &Policy) -> Result<Page> {
        let verified = self.pins.verify(&self.folder)?;
        Ok(Page::builder(INDEX)
            .app_files(self.app()?)
            .compile(&verified, policy)?)
    }

    /// The paths of all files but the page itself, which no browser can check.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        let pinned = self.pins.files().iter().map(PinnedFile::url);
        self.own.iter().map(String::as_str).chain(pinned)
    }

    /// The page, its files, the SDK, and the way to a session token.
    pub(crate) fn router(&self, face: &Face, front: Front, tampered: Option<&Arc<str>>) -> Router {
        let index = match front {
            Front::Guarded(page) => get_service(page),
            Front::AsIs(policy) => get(move || async move {
                let mut page = Html(INDEX).into_response();
                page.extensions_mut().insert(policy);
                page
            }),
            Front::Bare => get(async || Html(INDEX)),
        };
        let path = |file: &str| format!("{}{file}", self.base);
        let face = face.clone();
        let tampered = tampered.cloned();
        let mut router = Router::new()
            .route(&path(""), index.clone())
            .route(&path("index.html"), index)
            .route(
                &path("api/session"),
                post(move || async move {
                    let Json(mut answer) = face.session();
                    // Which nobody who tampers would tell.
                    answer["tampered"] = tampered.as_deref().into();
                    Json(answer)
                }),
            );
        for (file, _, content_type, text) in FILES {
            router = router.route(
                &path(file),
                get(move || async move { ([(CONTENT_TYPE, content_type)], text) }),
            );
        }
        let layout = self.pins.layout();
        let assets = format!("{}/{{*path}}", layout.assets);
        router
            .route_service(&path(layout.component), self.assets.clone())
            .route_service(&path(&assets), self.assets.clone())
    }
}

fn read_lock(file: &Path, base: &str) -> Result<Pins> {
    let pins = Pins::load(file).map_err(|errors| format!("{}: {errors}", file.display()))?;
    if pins.base() == base {
        Ok(pins)
    } else {
        let file = file.display();
        let other = pins.base();
        Err(format!("{file}: its files are pinned for `{other}`, this page serves them under `{base}`; pin them for that").into())
    }
}
