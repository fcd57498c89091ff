//! Integrity metadata: what the strict reading takes, browsers check; and bytes hashed in pieces.

use std::io::Write as _;

use tower_visor::sri::{Algorithm, Digest, Entry, Hasher, Integrity, Verdict};

use super::{is_message, seeds};

/// The first line is the metadata, the rest a file.
pub fn run(data: &[u8]) {
    let (line, file) = split(data);
    let text = String::from_utf8_lossy(line);
    let effective = Integrity::effective(&text);
    for entry in effective.entries() {
        assert!(text[entry.position..].starts_with(&entry.text));
    }
    let verdict = effective.verdict(file);
    if let Some(algorithm) = effective.algorithm() {
        assert_ne!(verdict, Verdict::Unchecked);
        let right = Digest::of(algorithm, file);
        let named = effective.digests().any(|digest| *digest == right);
        assert_eq!(named, verdict == Verdict::Matches);
        // A digest beside the others can only let in what it is the digest of.
        let more = format!("{text} {right}");
        assert_eq!(Integrity::effective(&more).verdict(file), Verdict::Matches);
    } else {
        assert_eq!(verdict, Verdict::Unchecked);
    }
    match text.parse::<Integrity>() {
        Ok(strict) => {
            assert_eq!(strict.to_string().parse(), Ok(strict.clone()));
            let expected = if strict.matches(file) {
                Verdict::Matches
            } else {
                Verdict::Refused
            };
            assert_eq!(verdict, expected, "{text:?}");
            let digest = |entry: &_| matches!(entry, Entry::Digest(_));
            assert!(
                effective.entries().iter().all(|e| digest(&e.entry)),
                "{text:?}"
            );
            assert!(strict.strongest().eq(effective.strongest()));
        }
        Err(error) => is_message(&error),
    }
    match text.parse::<Digest>() {
        Ok(digest) => {
            assert_eq!(digest.to_string(), text);
            assert_eq!(digest.matches(file), verdict == Verdict::Matches);
        }
        Err(error) => is_message(&error),
    }
    in_pieces(line, file);
}

/// The metadata's bytes say how long each piece is.
fn in_pieces(sizes: &[u8], mut file: &[u8]) {
    let whole = file;
    let mut hasher = Hasher::new(Algorithm::Sha384);
    for &size in sizes {
        let (piece, rest) = file.split_at(file.len().min(usize::from(size)));
        hasher.write_all(piece).unwrap();
        file = rest;
    }
    hasher.update(file);
    assert_eq!(hasher.finish(), Digest::of(Algorithm::Sha384, whole));
}

fn split(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|&byte| byte == b'\n') {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &[]),
    }
}

/// Metadata of all algorithms, right and not.
pub fn seeds() -> Vec<Vec<u8>> {
    let file = "a file";
    let of = |algorithm| Digest::of(algorithm, file.as_bytes()).to_string();
    let mut texts: Vec<String> = Algorithm::ALL.map(of).into();
    texts.push(texts.join(" "));
    texts.push(format!("{}?option {}", texts[0], texts[1]));
    texts.push(texts[2].replace('+', "-").replace('/', "_"));
    texts.push("sha256-AAAA sha-256-AAAA ed25519-AAAA md5-AAAA\u{b}SHA256-AAAA".to_owned());
    texts.extend(seeds::conformance("sri.json"));
    let texts = texts.into_iter();
    texts
        .map(|text| format!("{text}\n{file}").into_bytes())
        .collect()
}
