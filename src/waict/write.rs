//! The one form in which a WAICT manifest is written.

use std::collections::BTreeSet;

use serde_json::Value;

use super::hash::{Hash, WaictSpelling};
use super::manifest::WaictManifest;

/// How many characters of its digest a manifest's URL has: 128 bits.
const NAME: usize = 22;

impl WaictManifest {
    /// The body of the response: the JSON in its canonical form ([RFC 8785]), a line feed, the proof, a
    /// line feed. Equal manifests have equal bytes.
    ///
    /// The prototype's reader takes nothing but JSON, in which line feeds are white space: in its
    /// spelling no proof is written.
    ///
    /// [RFC 8785]: https://www.rfc-editor.org/rfc/rfc8785
    pub fn to_body(&self, spelling: WaictSpelling) -> String {
        let quoted = |text: &str| Value::from(text).to_string();
        let list = |hashes: &BTreeSet<Hash>| {
            let texts = hashes.iter().map(|hash| hash.text(spelling));
            let mut texts: Vec<String> = texts.map(|text| quoted(&text)).collect();
            // By their text: base64 sorts in a different order from bytes.
            texts.sort();
            format!("[{}]", texts.join(","))
        };
        let files = self.files.iter();
        let files = files.map(|(url, hash)| {
            let hash = hash.text(spelling);
            format!("{}:{}", quoted(url), quoted(&hash))
        });
        let files: Vec<String> = files.collect();
        let (fallback, wasm) = (list(&self.fallback), list(&self.wasm));
        let files = files.join(",");
        let json = format!(
            "{{\"fallback_hashes\":{fallback},\"hashes\":{{{files}}},\"wasm_hashes\":{wasm}}}"
        );
        let proof = match spelling {
            WaictSpelling::Draft => self.proof.as_str(),
            WaictSpelling::Prototype => "",
        };
        format!("{json}\n{proof}\n")
    }

    /// The name under which a body never changes: `waict-`, 22 characters of its own digest, as the draft
    /// recommends, and an end by which servers of files know its type, `.waict`. What is served under it may
    /// be cached forever.
    pub fn path_of(body: &str) -> String {
        let hash = Hash::of(body.as_bytes()).text(WaictSpelling::Draft);
        let start: String = hash.chars().take(NAME).collect();
        format!("waict-{start}.waict")
    }
}
