//! The files whose bytes are known, and what the URLs of a page mean.

use std::collections::BTreeMap;

use super::PageError;
use crate::app::AppFiles;
use crate::pins::Verified;
use crate::sdk::layout::FileKind;
use crate::sri::{Algorithm, Digest, Integrity};

/// The files whose bytes are known.
pub(super) struct Known<'a> {
    verified: &'a Verified<'a>,
    app: &'a AppFiles,
    /// The page's origin, such as `https://liveness.contoso.example`.
    origin: &'a str,
    /// By path on the page's origin.
    digests: BTreeMap<&'a str, Digest>,
}

/// What a URL of the page means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A path on the page's origin, without query and fragment.
    Own(String),
    /// Anything else: another origin, another scheme, or nothing that is plain to see.
    Other,
}

impl<'a> Known<'a> {
    pub(super) fn new(
        verified: &'a Verified<'a>,
        app: &'a AppFiles,
        origin: &'a str,
        faults: &mut Vec<PageError>,
    ) -> Self {
        let pins = verified.pins();
        let mut digests: BTreeMap<&str, Digest> = pins
            .files()
            .iter()
            .map(|file| (file.url(), file.digest()))
            .collect();
        for (path, bytes) in app.iter() {
            let digest = Digest::of(pins.algorithm(), bytes);
            if digests
                .insert(path, digest)
                .is_some_and(|sdk| sdk != digest)
            {
                faults.push(PageError::OverSdk {
                    path: path.to_owned(),
                });
            }
        }
        Self {
            verified,
            app,
            origin,
            digests,
        }
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.verified.pins().algorithm()
    }

    /// The folder that the page and the SDK are served from.
    pub(super) fn base(&self) -> &'a str {
        self.verified.pins().base()
    }

    /// The path of the SDK's component.
    pub(super) fn component(&self) -> String {
        format!("{}{}", self.base(), self.verified.pins().layout().component)
    }

    pub(super) fn digest(&self, path: &str) -> Option<Digest> {
        self.digests.get(path).copied()
    }

    /// Scripts: those of the application, the component and the engines.
    pub(super) fn scripts(&self) -> impl Iterator<Item = (&'a str, Digest)> {
        self.of(
            |kind| matches!(kind, FileKind::Component | FileKind::Engine(_)),
            &["js", "mjs"],
        )
    }

    /// Scripts that may be imported.
    pub(super) fn modules(&self) -> impl Iterator<Item = (&'a str, Digest)> {
        self.of(|kind| kind == FileKind::Component, &["js", "mjs"])
    }

    /// What a page loads by scripts, so that the guard has to know it. Pictures aren't: no browser
    /// checks the integrity of one.
    pub(super) fn loaded_by_scripts(&self) -> impl Iterator<Item = (&'a str, Digest)> {
        self.of(
            |kind| kind != FileKind::Image,
            &["js", "mjs", "json", "wasm"],
        )
    }

    fn of(
        &self,
        sdk: fn(FileKind) -> bool,
        app: &'static [&'static str],
    ) -> impl Iterator<Item = (&'a str, Digest)> {
        let pins = self.verified.pins();
        self.digests
            .iter()
            .filter(move |(path, _)| match pins.served(path) {
                Some(file) => sdk(file.kind()),
                None => path
                    .rsplit_once('.')
                    .is_some_and(|(_, extension)| app.contains(&extension)),
            })
            .map(|(path, digest)| (*path, *digest))
    }

    /// The digests of an `integrity` that a page has already, each of which must be the file's.
    pub(super) fn check(&self, path: &str, text: &str) -> Result<Vec<Digest>, String> {
        let integrity: Integrity = text.parse().map_err(|error| format!("{error}"))?;
        let pinned = || self.verified.pins().served(path);
        let bytes = match self.app.get(path) {
            Some(bytes) => bytes,
            None => pinned()
                .and_then(|file| self.verified.bytes(file))
                .ok_or("the file is not known")?,
        };
        match integrity.digests().find(|digest| !digest.matches(bytes)) {
            None => Ok(integrity.digests().copied().collect()),
            Some(wrong) => Err(format!(
                "{wrong} where it is {}",
                Digest::of(wrong.algorithm(), bytes)
            )),
        }
    }

    /// What a URL in the page means ([URL, section 4.4], as far as a page's own files need it).
    /// What is odd, such as a backslash or an escaped dot, is no file of its own.
    ///
    /// [URL, section 4.4]: https://url.spec.whatwg.org/#url-parsing
    pub(super) fn resolve(&self, url: &str) -> Target {
        let url = url.trim_matches(|c: char| c <= ' ');
        let end = url.find(['?', '#']).unwrap_or(url.len());
        let url = url.get(..end).unwrap_or(url);
        let path = if let Some(rest) = url.strip_prefix(self.origin) {
            rest
        } else if let Some(rest) = url.strip_prefix("//") {
            match self
                .origin
                .split_once("//")
                .and_then(|(_, host)| rest.strip_prefix(host))
            {
                Some(rest) => rest,
                None => return Target::Other,
            }
        } else {
            url
        };
        let has_scheme = path
            .split('/')
            .next()
            .is_some_and(|first| first.contains(':'));
        if path.is_empty() || has_scheme || path.contains(['\\', '\n', '\t', '\r']) {
            return Target::Other;
        }
        let absolute = if path.starts_with('/') {
            path.to_owned()
        } else if path.len() == url.len() {
            format!("{}{path}", self.base())
        } else {
            // The origin was only the beginning of a longer one.
            return Target::Other;
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in absolute.split('/').skip(1) {
            match part {
                "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        Target::Own(format!("/{}", parts.join("/")))
    }
}
