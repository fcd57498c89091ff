//! What holds for every error type.

use std::error::Error;

use tower_visor::csp::{Csp, CspErrorKind};
use tower_visor::header::StrictTransportSecurity;
use tower_visor::pins::sources::{LockErrorKind, LockFile, Published, PublishedErrorKind};
use tower_visor::pins::{PinErrorKind, Pins, Scan, VisorLockErrorKind};
use tower_visor::policy::{Document, Policy, PolicyErrorKind, Resource};
use tower_visor::sdk::{Endpoint, Version};
use tower_visor::sri::Integrity;
use tower_visor::url::Url;

use super::source::library;

/// The error types of a file whose `Debug` is not their `Display`.
fn with_another_debug(code: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let name = |text: &str| text.split(|c| !is_word(c)).next().unwrap_or("").to_owned();
    let mut errors: Vec<String> = Vec::new();
    let mut derives = "";
    for line in code.lines() {
        if let Some(list) = line.strip_prefix("#[derive(") {
            derives = list;
        } else if let Some((_, of)) = line.split_once("error::Error for ") {
            errors.push(name(of));
        } else if let Some((_, item)) = line
            .split_once("enum ")
            .or(line.split_once("struct "))
            .filter(|(before, _)| !before.contains("//"))
        {
            // What is private is nobody's to print; that of the macro is a name's place.
            let is_public = line.starts_with("pub ");
            let mut words = derives.split(|c| !is_word(c));
            if is_public && words.any(|word| word == "Error") {
                errors.push(name(item));
            }
            derives = "";
        }
    }
    let has_it = |error: &String| {
        let by_macro = code
            .split("debug_is_display!(")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .flat_map(|list| list.split(','))
            .any(|listed| listed.trim() == error);
        by_macro || error == "Errors" && code.contains("fmt::Debug for Errors<E>")
    };
    errors.retain(|error| !has_it(error));
    errors
}

#[test]
fn debug_of_each_error_is_its_display() {
    let mut found = 0;
    for (file, text) in library() {
        let wrong = with_another_debug(&text);
        assert!(wrong.is_empty(), "{}: {wrong:?}", file.display());
        found += text.matches("debug_is_display!(").count();
        found += text.matches("opaque! {").count();
    }
    assert!(found > 20, "{found} error types are too few to be true");
}

#[test]
fn the_test_finds_what_it_looks_for() {
    let derived = "#[derive(Clone, Debug, thiserror::Error)]\n#[error(\"x\")]\npub enum A {\n}\n";
    assert_eq!(with_another_debug(derived), ["A"]);
    let imported = "#[derive(Error)]\npub struct B(u8);\n";
    assert_eq!(with_another_debug(imported), ["B"]);
    let by_hand = "impl std::error::Error for C {}\n";
    assert_eq!(with_another_debug(by_hand), ["C"]);
    let right = format!("{derived}{by_hand}crate::errors::debug_is_display!(A, C);\n");
    assert_eq!(with_another_debug(&right), [""; 0]);
    let private = "#[derive(Debug, Error)]\npub(super) enum E {\n";
    assert_eq!(with_another_debug(private), [""; 0]);
    let no_error = "#[derive(Clone, Debug)]\npub struct D;\n";
    assert_eq!(with_another_debug(no_error), [""; 0]);
}

/// What `fn main() -> Result<(), Box<dyn Error>>` prints.
fn printed(error: impl Into<Box<dyn Error>>) -> String {
    format!("{:?}", error.into())
}

#[test]
fn a_main_that_returns_an_error_prints_sentences() {
    let at_home = "https://liveness.contoso.example";
    let cases = [
        (
            printed("img-src self".parse::<Csp>().unwrap_err()),
            "img-src, byte 8: `self` must be quoted: write `'self'`",
        ),
        (
            printed("example.com".parse::<Url>().unwrap_err()),
            "byte 0: `example.com` has no scheme; write `http://` or `https://` in front of it",
        ),
        (
            printed("".parse::<Integrity>().unwrap_err()),
            "integrity metadata is empty; write for example `sha384-` and the digest in base64",
        ),
        (
            printed("1.5".parse::<Version>().unwrap_err()),
            "byte 3: the patch number is missing; write for example `1.5.0`",
        ),
        (
            printed(
                at_home
                    .replace("https", "http")
                    .parse::<Endpoint>()
                    .unwrap_err(),
            ),
            "byte 0: the endpoint must begin with `https://`: the session token travels to it",
        ),
        (
            printed("max-age".parse::<StrictTransportSecurity>().unwrap_err()),
            "strict-transport-security, byte 0: `max-age` has no value; write whole seconds in plain digits, for example `max-age=63072000`",
        ),
        (
            printed(Scan::new("/nowhere").run().unwrap_err()),
            "nowhere: no such folder; give one that contains `node_modules`, the component next to its assets, or tarballs (`.tgz`)",
        ),
        (
            printed(Pins::from_json("{}").unwrap_err()),
            "schema: missing; create the file again with `visor pin`",
        ),
        (
            printed(
                Policy::document(
                    Document::new(at_home)
                        .unwrap()
                        .loads(Resource::Script, "//"),
                )
                .compile()
                .unwrap_err(),
            ),
            "script-src: `//`, byte 0: `//` without a scheme: write `https://` in front of the host, or the host alone",
        ),
    ];
    for (printed, expected) in cases {
        assert_eq!(printed, expected);
    }
}

#[test]
fn kinds_tell_what_a_caller_acts_on() {
    let sdk = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sdk/1.5.0");
    let scan = |scan: Scan| scan.run().unwrap_err()[0].kind();
    assert_eq!(scan(Scan::new("/nowhere")), PinErrorKind::Unreadable);
    assert_eq!(scan(Scan::new(sdk).served_at("x")), PinErrorKind::Base);
    assert_eq!(
        scan(Scan::new(sdk).overriding("FaceLivenessDetector.js", "ours")),
        PinErrorKind::Override
    );
    let other = Version::new(1, 4, 8);
    assert_eq!(scan(Scan::new(sdk).expecting(other)), PinErrorKind::Version);
    let lock = |text: &str| Pins::from_json(text).unwrap_err()[0].kind();
    assert_eq!(lock("{"), VisorLockErrorKind::Syntax);
    assert_eq!(lock("{}"), VisorLockErrorKind::Content);
    assert_eq!(lock("{\"schema\": 9}"), VisorLockErrorKind::Schema);
    let missing = Pins::load("/nowhere/visor-lock.json").unwrap_err();
    assert_eq!(missing[0].kind(), VisorLockErrorKind::Io);
    let npm = |text: &str| LockFile::read(text.as_bytes(), &["x"]).unwrap_err()[0].kind();
    assert_eq!(npm("{"), LockErrorKind::Syntax);
    assert_eq!(npm("nothing"), LockErrorKind::Format);
    let twice = "# yarn lockfile v1\nx@1:\n  version \"1.0.0\"\n  integrity sha1-tii5PNOXm9GU2K5K9lTpzeXf7Lc=\nx@2:\n  version \"1.0.0\"\n  integrity sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    assert_eq!(npm(twice), LockErrorKind::Contradiction);
    let weak = Published::read(b"b6e9b93cd3979bd194d8ae4af654e9cde5dfecb7  a.js\n");
    assert_eq!(weak.unwrap_err()[0].kind(), PublishedErrorKind::Weak);
    let insecure = Document::new("http://liveness.contoso.example");
    assert_eq!(insecure.unwrap_err().kind(), PolicyErrorKind::Value);
    let csp = |text: &str| text.parse::<Csp>().unwrap_err()[0].kind();
    assert_eq!(csp("scirpt-src 'none'"), CspErrorKind::Name);
    assert_eq!(csp("img-src https://a:99999"), CspErrorKind::Source);
    assert_eq!(csp("img-src 'none' https:"), CspErrorKind::Combination);
    assert_eq!(csp("img-src https: https:"), CspErrorKind::NoEffect);
}

/// The variants of the public enums of a file that are errors, or kinds of errors. A kind or a
/// variant is a promise: somebody can act on it.
fn variants(code: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut count = 0;
    let mut derives = "";
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let item = line.trim_start();
        if let Some(list) = item.strip_prefix("#[derive(") {
            derives = list;
        }
        let Some(name) = item.strip_prefix("pub enum ") else {
            if item.starts_with("pub ") {
                derives = "";
            }
            continue;
        };
        let name = name.split(|c| !is_word(c)).next().unwrap_or("");
        let mut words = derives.split(|c| !is_word(c));
        derives = "";
        let is_error = ["Error", "ErrorKind", "Failure", "DifferenceKind"]
            .iter()
            .any(|end| name.ends_with(end));
        // Whether to accept a warning is decided one by one.
        let is_error = is_error || words.any(|word| word == "Error");
        if !is_error || name.ends_with("Warning") {
            continue;
        }
        // One indentation deeper stands each variant, its documentation and its attributes.
        let depth = line.len() - item.len();
        for line in lines.by_ref() {
            let inner = line.trim_start();
            let indent = line.len() - inner.len();
            if indent == depth && inner.starts_with('}') && !inner.ends_with("else {") {
                break;
            }
            let is_variant = inner.starts_with(|c: char| c.is_ascii_uppercase());
            if indent == depth + 4 && is_variant {
                count += 1;
            }
        }
    }
    count
}

#[test]
fn public_variants_of_errors_are_few() {
    let all: usize = library().iter().map(|(_, text)| variants(text)).sum();
    assert!(all > 80, "{all} are too few to be true");
    assert!(all <= MOST_VARIANTS, "{all} variants");
}

/// Whoever needs one more says who acts on it, and looks for one that nobody acts on.
const MOST_VARIANTS: usize = 125;

#[test]
fn variants_are_counted_wherever_they_stand() {
    let derived = "#[derive(Clone, thiserror::Error)]\npub enum A {\n    /// One.\n    #[error(\"x\")]\n    One {\n        /// Of it.\n        Two: u8,\n    },\n    Three,\n}\n";
    assert_eq!(variants(derived), 2);
    let kinds = "opaque! {\n    pub struct B(F);\n\n    pub enum BErrorKind {\n        /// One.\n        One = X | Y\n            | Z,\n        Two = W,\n    } else {\n        Three\n    }\n}\n";
    assert_eq!(variants(kinds), 3);
    let others = "#[derive(Debug)]\npub enum C {\n    One,\n}\n#[derive(thiserror::Error)]\npub(super) enum D {\n    One,\n}\n";
    assert_eq!(variants(others), 0);
}
