//! Any bytes as a manifest, by the rules of each revision of the draft.

use serde_json::{Map, Value};

use super::hash::{Hash, WaictSpelling};
use super::manifest::WaictManifest;
use super::{WaictError, WaictFault as Fault};
use crate::foreign::shown;
use crate::header::WaictRevision::{self, First, Later, Second};
use crate::url::{Origin, Url};

/// The most that is read: a site of a hundred thousand files has a manifest of this size.
const LONGEST: usize = 16 * 1024 * 1024;

/// By revision.
type Faults = [Option<String>; WaictRevision::ALL.len()];

/// A manifest that was read, and what browsers of each revision make of it.
///
/// Of two equal keys the last one counts, and members that nobody knows are ignored, as the draft has
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadWaict {
    manifest: WaictManifest,
    faults: Faults,
    any_url: usize,
    state: State,
}

/// Whether anything is checked at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Valid,
    /// `emergency_opt_out`.
    Tombstone,
}

impl ReadWaict {
    /// What it holds, in whichever spelling.
    pub fn manifest(&self) -> &WaictManifest {
        &self.manifest
    }

    /// Why browsers of a revision consider it invalid, or never find a matching digest in it, so that
    /// nothing loads if it is enforced; `None` if they accept it.
    pub fn refused_by(&self, revision: WaictRevision) -> Option<&str> {
        self.faults
            .get(revision as usize)
            .and_then(Option::as_deref)
    }

    /// How many digests are allowed at any URL: `any_hashes` and `wildcard_hashes`. Whoever can change
    /// what a server answers can put one of these files into the place of another.
    pub const fn at_any_url(&self) -> usize {
        self.any_url
    }

    /// Whether it says that nothing is checked (`emergency_opt_out`).
    pub fn is_tombstone(&self) -> bool {
        self.state == State::Tombstone
    }
}

impl WaictManifest {
    /// Reads the body of a response as a manifest of an origin's.
    ///
    /// ```
    /// use tower_visor::header::WaictRevision;
    /// use tower_visor::waict::WaictManifest;
    ///
    /// let origin = "https://liveness.contoso.example".parse()?;
    /// let body = br#"{"hashes": {"/app.js": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}}"#;
    /// let read = WaictManifest::read(body, &origin)?;
    /// assert!(read.manifest().allows("https://liveness.contoso.example/app.js", b""));
    /// assert_eq!(read.refused_by(WaictRevision::First), None);
    /// assert_eq!(
    ///     read.refused_by(WaictRevision::Second),
    ///     Some("it does not end in two lines: the JSON, and the proof, which may be empty"),
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Bytes that no revision accepts: more than 16 MiB, not UTF-8, not JSON, members of another kind,
    /// digests that aren't SHA-256, URLs that browsers can't read.
    pub fn read(body: &[u8], origin: &Origin) -> Result<ReadWaict, WaictError> {
        Ok(read(body, origin)?)
    }
}

fn read(body: &[u8], origin: &Origin) -> Result<ReadWaict, Fault> {
    let found = body.len();
    if found > LONGEST {
        let most = LONGEST;
        return Err(Fault::TooLong { found, most });
    }
    let text = std::str::from_utf8(body).map_err(|error| Fault::NotUtf8 {
        position: error.valid_up_to(),
    })?;
    let mut reader = Reader {
        manifest: WaictManifest::new(origin.clone()),
        faults: Faults::default(),
        any_url: 0,
    };
    let members = reader.members(text)?;
    let read = reader.files(&members).and_then(|()| reader.lists(&members));
    let state = match members.get("emergency_opt_out") {
        Some(Value::Bool(true)) => State::Tombstone,
        _ => State::Valid,
    };
    match state {
        // It is one even where the rest is invalid.
        State::Tombstone => reader.faults = Faults::default(),
        State::Valid => read?,
    }
    Ok(ReadWaict {
        manifest: reader.manifest,
        faults: reader.faults,
        any_url: reader.any_url,
        state,
    })
}

/// The members of the JSON, by name.
type Members = Map<String, Value>;

struct Reader {
    manifest: WaictManifest,
    faults: Faults,
    any_url: usize,
}

impl Reader {
    /// Of the faults of a revision the first one is told.
    fn fault(&mut self, revisions: &[WaictRevision], reason: impl Fn() -> String) {
        for revision in revisions {
            if let Some(fault) = self.faults.get_mut(*revision as usize) {
                fault.get_or_insert_with(&reason);
            }
        }
    }

    /// The JSON: followed by two lines in the draft, alone for the prototype.
    fn members(&mut self, text: &str) -> Result<Members, Fault> {
        let lines = text.strip_suffix('\n');
        let lines = lines.and_then(|lines| lines.rsplit_once('\n'));
        let parts = lines.and_then(|(json, proof)| Some((serde_json::from_str(json).ok()?, proof)));
        let value = if let Some((value, proof)) = parts {
            proof.clone_into(&mut self.manifest.proof);
            if !proof.trim().is_empty() {
                self.fault(&[First], || "a proof follows the JSON".to_owned());
            }
            value
        } else {
            let value = serde_json::from_str(text).map_err(|error| syntax(&error))?;
            self.fault(&[Second, Later], || {
                "it does not end in two lines: the JSON, and the proof, which may be empty"
                    .to_owned()
            });
            value
        };
        match value {
            Value::Object(members) => Ok(members),
            _ => Err(form("the manifest", "an object")),
        }
    }

    /// What each URL has to hold.
    fn files(&mut self, members: &Members) -> Result<(), Fault> {
        if is_empty(members, "hashes") && is_empty(members, "any_hashes") {
            let reason = "neither `hashes` nor `any_hashes` holds anything";
            self.fault(&[First], || reason.to_owned());
        }
        if !members.contains_key("hashes") {
            self.fault(&[Second], || "`hashes` is missing".to_owned());
        }
        let origin = self.manifest.origin.to_string();
        let root = Url::from(self.manifest.origin.clone());
        // The later text renamed the member.
        for (place, of) in [
            ("url_hashes", &[Later][..]),
            ("hashes", &[First, Second][..]),
        ] {
            let files = match members.get(place) {
                None => continue,
                Some(Value::Object(files)) => files,
                Some(_) => return Err(form(place, "an object")),
            };
            for (key, value) in files {
                let hash = self.hash(value, of, || format!("{place}: {}", shown(key)))?;
                let url = root.join(key).map_err(|error| Fault::Url {
                    place,
                    url: shown(key),
                    reason: error.to_string(),
                })?;
                let url = url.to_string();
                // By the letter a path is not canonical; by the draft's own example it is.
                if url != *key && url.strip_prefix(&origin) != Some(key) {
                    let of: &[WaictRevision] = if of.contains(&Later) {
                        &[Later]
                    } else {
                        &[Second]
                    };
                    self.fault(of, || {
                        format!("`{}` is not written as `{}`", shown(key), shown(&url))
                    });
                }
                self.manifest.files.insert(url, hash);
            }
        }
        Ok(())
    }

    /// The digests that hold for more than one URL.
    fn lists(&mut self, members: &Members) -> Result<(), Fault> {
        let wasm = self.list(members, "wasm_hashes", &[Second, Later])?;
        self.manifest.wasm.extend(wasm);
        let fallback = self.list(members, "fallback_hashes", &[Second, Later])?;
        self.manifest.fallback.extend(fallback);
        let wildcard = self.list(members, "wildcard_hashes", &[Second, Later])?;
        let any = self.list(members, "any_hashes", &[First])?;
        self.any_url = wildcard.len() + any.len();
        Ok(())
    }

    fn list(
        &mut self,
        members: &Members,
        place: &'static str,
        of: &[WaictRevision],
    ) -> Result<Vec<Hash>, Fault> {
        let items = match members.get(place) {
            None => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(form(place, "a list")),
        };
        let mut hashes = Vec::new();
        for (index, item) in items.iter().enumerate() {
            hashes.push(self.hash(item, of, || format!("{place}[{index}]"))?);
        }
        let texts: Vec<Option<&str>> = items.iter().map(Value::as_str).collect();
        // The prototype looks them up one by one.
        if !texts.is_sorted_by(|one, next| one < next) && !of.contains(&First) {
            self.fault(of, || {
                format!("`{place}` is not sorted, or holds one twice")
            });
        }
        Ok(hashes)
    }

    fn hash(
        &mut self,
        value: &Value,
        of: &[WaictRevision],
        place: impl Fn() -> String,
    ) -> Result<Hash, Fault> {
        let Value::String(text) = value else {
            let (place, wanted) = (place(), "a text");
            return Err(Fault::Form { place, wanted });
        };
        let fault = || Fault::Hash {
            place: place(),
            text: shown(text),
        };
        let (hash, spelling) = Hash::read(text).ok_or_else(fault)?;
        for revision in of {
            let (wanted, said) = match revision {
                First => (WaictSpelling::Prototype, "padded standard base64"),
                Second | Later => (WaictSpelling::Draft, "base64url without padding"),
            };
            if spelling != Some(wanted) && hash.text(wanted) != *text {
                self.fault(&[*revision], || format!("{}: not spelt in {said}", place()));
            }
        }
        Ok(hash)
    }
}

fn is_empty(members: &Members, name: &str) -> bool {
    match members.get(name) {
        Some(Value::Object(files)) => files.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        _ => true,
    }
}

fn form(place: &str, wanted: &'static str) -> Fault {
    let place = place.to_owned();
    Fault::Form { place, wanted }
}

fn syntax(error: &serde_json::Error) -> Fault {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    // The place has fields of its own.
    let reason = message.split(" at line ").next().unwrap_or("not JSON");
    Fault::Json {
        line,
        column,
        reason: reason.to_owned(),
    }
}
