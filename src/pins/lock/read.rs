//! Reading the lock file, strictly.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use super::super::set::Base;
use super::super::sources::tree::Node;
use super::super::sources::{self, RegistryIntegrity};
use super::super::{Package, PinnedFile, Pins, Provenance, scan, tree};
use super::{VisorLockFault as Error, write};
use crate::errors::Errors;
use crate::foreign::shown;
use crate::sdk::Version;
use crate::sdk::layout::{self, FileKind, Layout, PREVIEW};
use crate::sri::Digest;
use crate::suggest;

pub(super) fn pins(text: &str) -> Result<Pins, Errors<Error>> {
    if let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ")) {
        return Err(Error::MergeConflict { line: line + 1 }.into());
    }
    let document = sources::json::read(text).map_err(Error::syntax)?;
    let mut reader = Reader { errors: Vec::new() };
    match reader.document(&document) {
        Some(pins) => Errors::check(reader.errors).map(|()| pins),
        None => Err(Errors::or(
            reader.errors,
            Error::Packages {
                needed: "those of the SDK",
            },
        )),
    }
}

/// Collects what is wrong; a method gives `None` where it has added an error.
struct Reader {
    errors: Vec<Error>,
}

impl Reader {
    fn document(&mut self, document: &Node) -> Option<Pins> {
        if !matches!(document, Node::Map(_)) {
            return self.misshapen("the document", "an object");
        }
        // First of all: an unknown version has unknown keys, and says so by its number.
        match document.get("schema") {
            Some(Node::Text(version)) if version == write::SCHEMA => {}
            Some(Node::Text(version)) => {
                return self.fail(Error::Schema {
                    found: shown(version),
                });
            }
            Some(_) => {
                return self.misshapen("schema", "a number");
            }
            None => {
                return self.missing("schema");
            }
        }
        self.keys(document, "", &["schema", "base", "packages", "files"]);
        let base = self.base(document);
        let packages = self.packages(document);
        let files = self.list(document, "files");
        let (base, (layout, packages)) = (base?, packages?);
        let version = packages.first()?.version.clone();
        let mut pins = Pins {
            version,
            layout,
            base,
            algorithm: crate::sri::Algorithm::default(),
            packages,
            files: Vec::new(),
        };
        let mut known = BTreeSet::new();
        for (index, node) in files?.iter().enumerate() {
            let place = format!("files[{index}]");
            let Some(file) = self.file(&pins, node, &place) else {
                continue;
            };
            let found = file.digest.algorithm();
            if pins.files.is_empty() {
                pins.algorithm = found;
            } else if found != pins.algorithm {
                self.errors.push(Error::Algorithm {
                    place: format!("{place}.integrity"),
                    found,
                    expected: pins.algorithm,
                });
            }
            if known.insert(file.path.to_ascii_lowercase()) {
                pins.files.push(file);
            } else {
                self.errors.push(Error::Twice {
                    place: format!("{place}.path"),
                    what: file.path,
                });
            }
        }
        pins.files.sort_by(|a, b| a.path.cmp(&b.path));
        if self.errors.is_empty() {
            self.complete(&pins);
        }
        Some(pins)
    }

    fn complete(&mut self, pins: &Pins) {
        for path in pins.layout.required() {
            if pins.file(&path).is_none()
                && let Some(kind) = pins.layout.kind(&path)
            {
                self.errors.push(Error::Incomplete { path, kind });
            }
        }
    }

    fn base(&mut self, document: &Node) -> Option<Base> {
        let text = self.text(document, "", "base")?;
        match Base::new(&text) {
            Some(base) => Some(base),
            None => self.wrong("base", super::super::PinFault::Base { text: shown(&text) }),
        }
    }

    fn packages(&mut self, document: &Node) -> Option<(&'static Layout, Vec<Package>)> {
        let nodes = self.list(document, "packages")?;
        let mut packages = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            packages.push(self.package(node, &format!("packages[{index}]"))?);
        }
        packages.sort_by_key(|package: &Package| package.name);
        let names: Vec<&str> = packages.iter().map(|package| package.name).collect();
        let layout = [&Layout::SCOPED, &Layout::SINGLE]
            .into_iter()
            .find(|layout| {
                let needed = BTreeSet::from([layout.component_package, layout.assets_package]);
                needed.into_iter().eq(names.iter().copied())
            });
        let Some(layout) = layout else {
            return self.fail(Error::Packages {
                needed: "`@azure-ai-vision-face/ui-assets` and `@azure/ai-vision-face-ui`, or `azure-ai-vision-face-ui` alone",
            });
        };
        let mut versions = packages.iter().map(|package| &package.version);
        let first = versions.next()?;
        if versions.any(|version| version != first) {
            return self.fail(Error::Packages {
                needed: "of one version",
            });
        }
        Some((layout, packages))
    }

    fn package(&mut self, node: &Node, place: &str) -> Option<Package> {
        self.object(node, place)?;
        self.keys(node, place, &["name", "version", "provenance", "integrity"]);
        let name = self.text(node, place, "name")?;
        let known = Layout::ALL
            .iter()
            .flat_map(|layout| [layout.component_package, layout.assets_package]);
        let Some(name) = known.clone().find(|known| *known == name) else {
            let hint = suggest::hint(&name, known);
            return self.wrong(
                &format!("{place}.name"),
                format!("`{}` is not a package of the SDK{hint}", shown(&name)),
            );
        };
        let version: Version = self.parsed(node, place, "version")?;
        if Layout::of(&version).is_none() {
            return self.wrong(
                &format!("{place}.version"),
                format!("{version} is {PREVIEW}; pin {}", layout::after_previews()),
            );
        }
        let provenance: Provenance = self.parsed(node, place, "provenance")?;
        let integrity: Option<RegistryIntegrity> = match node.get("integrity") {
            None => None,
            Some(_) => Some(self.parsed(node, place, "integrity")?),
        };
        // What was checked against nothing can't have been checked.
        let most = integrity
            .as_ref()
            .map_or(Provenance::Observed, |integrity| match integrity {
                RegistryIntegrity::Strong(_) => Provenance::Signed,
                RegistryIntegrity::Weak(_) => Provenance::RegistrySha1,
            });
        if provenance > most {
            return self.fail(Error::Contradiction {
                place: format!("{place}.provenance"),
                found: provenance.to_string(),
                needed: most.to_string(),
                why: "the package's `integrity` supports nothing stronger",
            });
        }
        Some(Package {
            name,
            version,
            provenance,
            integrity,
        })
    }

    fn file(&mut self, pins: &Pins, node: &Node, place: &str) -> Option<PinnedFile> {
        self.object(node, place)?;
        self.keys(
            node,
            place,
            &[
                "path",
                "url",
                "bytes",
                "integrity",
                "type",
                "provenance",
                "styles",
                "override",
            ],
        );
        let path = self.text(node, place, "path");
        let url = self.text(node, place, "url");
        let bytes = self.bytes(node, place);
        let digest: Option<Digest> = self.parsed(node, place, "integrity");
        let content_type = self.text(node, place, "type");
        let styles = self.styles(node, place);
        let path = path?;
        let kind = pins
            .layout
            .kind(&path)
            .filter(|_| path.split('/').all(tree::is_plain_name));
        let Some(kind) = kind else {
            return self.fail(Error::UnknownFile {
                place: format!("{place}.path"),
                path: shown(&path),
            });
        };
        self.must_be(
            place,
            "url",
            url.as_deref(),
            &pins.base.url(&path),
            "base and path determine it",
        );
        self.must_be(
            place,
            "type",
            content_type.as_deref(),
            layout::content_type(&path).unwrap_or_default(),
            "the file's name determines it",
        );
        let override_reason = self.override_reason(node, place, kind)?;
        let mut file = PinnedFile {
            url: url?,
            kind,
            package: pins.layout.package_of(&path),
            bytes: bytes?,
            digest: digest?,
            provenance: Provenance::Observed,
            styles: styles?,
            override_reason,
            path,
        };
        file.provenance =
            self.file_provenance(node, place, write::inherited(pins, &file), &file)?;
        Some(file)
    }

    /// `None` for an error, `Some(None)` for a file that is the package's own.
    #[allow(clippy::option_option)] // an error is collected, not returned
    fn override_reason(
        &mut self,
        node: &Node,
        place: &str,
        kind: FileKind,
    ) -> Option<Option<String>> {
        if node.get("override").is_none() {
            return Some(None);
        }
        let reason = self.text(node, place, "override")?;
        let place = format!("{place}.override");
        if !kind.may_be_overridden() {
            return self.fail(Error::OverrideOfCode { place, kind });
        }
        if !scan::is_reason(&reason) {
            return self.wrong(&place, "should be a reason, one line of text of at most 200 characters, without a URL that has a user or a query");
        }
        Some(Some(reason))
    }

    /// A file can be known better than its package by a published digest only; an override is
    /// never more than observed.
    fn file_provenance(
        &mut self,
        node: &Node,
        place: &str,
        inherited: Provenance,
        file: &PinnedFile,
    ) -> Option<Provenance> {
        if node.get("provenance").is_none() {
            return Some(inherited);
        }
        let found: Provenance = self.parsed(node, place, "provenance")?;
        let overridden = file.override_reason.is_some();
        if found > inherited && (overridden || found != Provenance::Published) {
            return self.fail(Error::Contradiction {
                place: format!("{place}.provenance"),
                found: found.to_string(),
                needed: inherited.to_string(),
                why: if overridden {
                    "an override comes from the deployer alone"
                } else {
                    "its package has nothing stronger, and only a published digest can exceed that"
                },
            });
        }
        Some(found)
    }

    fn bytes(&mut self, node: &Node, place: &str) -> Option<u64> {
        let text = self.text(node, place, "bytes")?;
        match text.parse() {
            Ok(bytes) if (1..=tree::LARGEST).contains(&bytes) && bytes.to_string() == text => {
                Some(bytes)
            }
            _ => self.wrong(
                &format!("{place}.bytes"),
                format!(
                    "`{}` should be a number of bytes from 1 to {}",
                    shown(&text),
                    tree::LARGEST
                ),
            ),
        }
    }

    fn styles(&mut self, node: &Node, place: &str) -> Option<Vec<Digest>> {
        let place = format!("{place}.styles");
        let items = match node.get("styles") {
            None => return Some(Vec::new()),
            Some(Node::List(items)) => items,
            Some(_) => {
                return self.misshapen(&place, "a list");
            }
        };
        let mut found = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            let place = format!("{place}[{index}]");
            let Some(text) = item.text() else {
                return self.misshapen(&place, "a text");
            };
            match text.parse::<Digest>() {
                Ok(digest) if found.insert(digest) => {}
                Ok(digest) => self.errors.push(Error::Twice {
                    place,
                    what: digest.to_string(),
                }),
                Err(error) => self.errors.push(Error::Value {
                    place,
                    reason: error.to_string(),
                }),
            }
        }
        Some(found.into_iter().collect())
    }

    /// Adds an error where a value that follows from others is another one.
    fn must_be(
        &mut self,
        place: &str,
        key: &str,
        found: Option<&str>,
        needed: &str,
        why: &'static str,
    ) {
        if let Some(found) = found.filter(|found| *found != needed) {
            self.errors.push(Error::Contradiction {
                place: format!("{place}.{key}"),
                found: shown(found),
                needed: needed.to_owned(),
                why,
            });
        }
    }

    fn keys(&mut self, node: &Node, place: &str, known: &[&'static str]) {
        for (key, _) in node.entries() {
            if !known.contains(&key.as_str()) {
                self.errors.push(Error::UnknownKey {
                    place: join(place, &shown(key)),
                    hint: suggest::hint(key, known.iter().copied()),
                });
            }
        }
    }

    fn object(&mut self, node: &Node, place: &str) -> Option<()> {
        match node {
            Node::Map(_) => Some(()),
            _ => self.misshapen(place, "an object"),
        }
    }

    fn list<'a>(&mut self, node: &'a Node, key: &str) -> Option<&'a [Node]> {
        match node.get(key) {
            Some(Node::List(items)) => Some(items),
            Some(_) => self.misshapen(key, "a list"),
            None => self.missing(key),
        }
    }

    fn text(&mut self, node: &Node, place: &str, key: &str) -> Option<String> {
        let place = join(place, key);
        match node.get(key) {
            Some(Node::Text(text)) => Some(text.clone()),
            Some(_) => self.misshapen(&place, if key == "bytes" { "a number" } else { "a text" }),
            None => self.missing(&place),
        }
    }

    fn parsed<T: FromStr<Err: Display>>(
        &mut self,
        node: &Node,
        place: &str,
        key: &str,
    ) -> Option<T> {
        let text = self.text(node, place, key)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => self.wrong(&join(place, key), error),
        }
    }

    fn misshapen<T>(&mut self, place: &str, needed: &'static str) -> Option<T> {
        let place = place.to_owned();
        self.fail(Error::Shape { place, needed })
    }

    fn missing<T>(&mut self, place: &str) -> Option<T> {
        let place = place.to_owned();
        self.fail(Error::Missing { place })
    }

    fn wrong<T>(&mut self, place: &str, reason: impl Display) -> Option<T> {
        self.fail(Error::Value {
            place: place.to_owned(),
            reason: reason.to_string(),
        })
    }

    fn fail<T>(&mut self, error: Error) -> Option<T> {
        self.errors.push(error);
        None
    }
}

fn join(place: &str, key: &str) -> String {
    if place.is_empty() {
        key.to_owned()
    } else {
        format!("{place}.{key}")
    }
}
