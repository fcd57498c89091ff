//! What a registry says of a version: a packument, a version's manifest, or a `dist` object.

use super::super::tree::{Fault, Node};
use super::super::{RegistryIntegrity, json};
use super::{SignatureFault, Timestamp};
use crate::foreign;

/// The part of a version that signatures are about.
#[derive(Debug)]
pub(super) struct Dist {
    /// `name@version`.
    pub(super) package: String,
    /// The text that is signed, to the letter.
    pub(super) integrity: String,
    pub(super) signatures: Vec<Signature>,
    /// When the version was published, where the document says it.
    pub(super) published: Option<Timestamp>,
}

#[derive(Debug)]
pub(super) struct Signature {
    pub(super) key_id: String,
    pub(super) base64: String,
}

/// Largest document that is read, in bytes.
pub(super) const LARGEST: usize = 64 * 1024 * 1024;

pub(super) fn json(bytes: &[u8]) -> Result<Node, SignatureFault> {
    if bytes.len() > LARGEST {
        return Err(SignatureFault::TooLarge { bytes: bytes.len() });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| SignatureFault::NotUtf8 {
        offset: error.valid_up_to(),
    })?;
    json::read(text).map_err(|fault| {
        let Fault {
            line,
            column,
            reason,
        } = fault;
        SignatureFault::Syntax {
            line,
            column,
            reason,
        }
    })
}

impl Dist {
    pub(super) fn read(bytes: &[u8], name: &str, version: &str) -> Result<Self, SignatureFault> {
        let root = json(bytes)?;
        let package = format!("{name}@{version}");
        let found = |found: String| SignatureFault::OtherPackage {
            package: package.clone(),
            found: foreign::key(&found),
        };
        if let Some(other) = root.text_of("name")
            && other != name
        {
            return Err(found(other.to_owned()));
        }
        let manifest = match root.get("versions") {
            // In `npm view`'s answer it is a list of the versions' names.
            Some(versions @ Node::Map(_)) => {
                versions
                    .get(version)
                    .ok_or_else(|| SignatureFault::NoVersion {
                        package: package.clone(),
                    })?
            }
            _ => &root,
        };
        for (key, wanted) in [("name", name), ("version", version)] {
            if let Some(other) = manifest.text_of(key)
                && other != wanted
            {
                let of = |key, default: &str| manifest.text_of(key).unwrap_or(default).to_owned();
                return Err(found(format!(
                    "{}@{}",
                    of("name", name),
                    of("version", version)
                )));
            }
        }
        let dist = manifest.get("dist").unwrap_or(manifest);
        let published = root
            .get("time")
            .and_then(|times| times.text_of(version))
            .map(|time| {
                Timestamp::read(time).ok_or(SignatureFault::Shape {
                    place: "time",
                    needed: "times such as 2025-01-29T00:00:00.000Z",
                })
            })
            .transpose()?;
        Ok(Self {
            integrity: dist
                .text_of("integrity")
                .ok_or_else(|| SignatureFault::NoIntegrity {
                    package: package.clone(),
                })?
                .to_owned(),
            signatures: signatures(dist)?,
            package,
            published,
        })
    }

    pub(super) fn strong_integrity(&self) -> Result<RegistryIntegrity, SignatureFault> {
        match self.integrity.parse() {
            Ok(RegistryIntegrity::Weak(_)) => Err(SignatureFault::WeakIntegrity {
                package: self.package.clone(),
            }),
            Ok(strong) => Ok(strong),
            Err(fault) => Err(SignatureFault::Integrity {
                package: self.package.clone(),
                fault,
            }),
        }
    }
}

/// Most signatures of one version. npm writes one, or two while it changes its key.
const MOST_SIGNATURES: usize = 8;

fn signatures(dist: &Node) -> Result<Vec<Signature>, SignatureFault> {
    let shape = SignatureFault::Shape {
        place: "dist > signatures",
        needed: "a list of at most 8 objects with `keyid` and `sig`",
    };
    match dist.get("signatures") {
        None | Some(Node::Null) => Ok(Vec::new()),
        Some(Node::List(list)) if list.len() <= MOST_SIGNATURES => list
            .iter()
            .map(|node| {
                Some(Signature {
                    key_id: node.text_of("keyid")?.to_owned(),
                    base64: node.text_of("sig")?.to_owned(),
                })
            })
            .collect::<Option<_>>()
            .ok_or(shape),
        Some(_) => Err(shape),
    }
}
