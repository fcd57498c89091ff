//! Second opinions: cases of other readers' own tests, against this crate's readers.

mod csp;
mod exceptions;
mod headers;

use std::fmt::Debug;

use serde::Serialize;
use serde_json::Value;

use crate::conformance;
use exceptions::EXCEPTIONS;

/// Whether the case came out as expected; else what came out.
type Answer = Result<(), String>;

fn text<'a>(case: &'a Value, key: &str) -> Result<&'a str, String> {
    case[key].as_str().ok_or_else(|| format!("no text {key}"))
}

fn same<T: Serialize + Debug>(expected: &Value, read: &T) -> Answer {
    let read = serde_json::to_value(read).map_err(|error| error.to_string())?;
    if read == *expected {
        Ok(())
    } else {
        Err(format!("read: {read}"))
    }
}

/// Runs a reader on every case of a file: each comes out as expected, or is an exception.
fn each(file: &str, cases: &Value, reader: fn(&Value) -> Answer) {
    let rows = || EXCEPTIONS.iter().filter(|row| row.files.contains(&file));
    let differs = |case: &&Value| reader(case).is_err();
    conformance::each(cases, |case| match reader(case) {
        Err(_) if rows().any(|row| (row.of)(case)) => Ok(()),
        answer => answer,
    });
    for row in rows() {
        let picked = || {
            cases
                .as_array()
                .into_iter()
                .flatten()
                .filter(|case| (row.of)(case))
        };
        assert!(
            picked().next().is_none() || picked().any(|case| differs(&case)),
            "{file}: an exception no longer: {}",
            row.why
        );
    }
}

macro_rules! readers {
    ($($test:ident: $file:literal => $reader:path,)+) => {
        const READERS: &[&str] = &[$($file,)+];
        $(
            #[test]
            fn $test() {
                let Some(data) = conformance::load(concat!("second-opinion/", $file)) else {
                    return;
                };
                each($file, &data["cases"], $reader);
            }
        )+
    };
}

readers! {
    chromium_coep: "chromium-coep.json" => headers::embedder,
    chromium_coop: "chromium-coop.json" => headers::opener,
    chromium_csp_external_script_full_digests: "chromium-csp-external-script-full-digests.json" => csp::external_scripts,
    chromium_csp_external_script: "chromium-csp-external-script.json" => csp::external_scripts,
    chromium_csp_hash_parse: "chromium-csp-hash-parse.json" => csp::hashes,
    chromium_csp_inline: "chromium-csp-inline.json" => csp::inline,
    chromium_csp_is_none: "chromium-csp-is-none.json" => csp::nothing_left,
    chromium_csp_keywords: "chromium-csp-keywords.json" => csp::quoted,
    chromium_csp_nonce: "chromium-csp-nonce.json" => csp::external_scripts,
    chromium_csp_parse_sources: "chromium-csp-parse-sources.json" => csp::source_lists,
    chromium_csp_require_trusted_types: "chromium-csp-require-trusted-types.json" => csp::requires_trusted_types,
    chromium_csp_subsumption: "chromium-csp-subsumption.json" => csp::subsumption,
    chromium_csp_url: "chromium-csp-url.json" => csp::urls,
    chromium_document_isolation_policy: "chromium-document-isolation-policy.json" => headers::document,
    chromium_hsts: "chromium-hsts.json" => headers::hsts,
    chromium_origin_agent_cluster: "chromium-origin-agent-cluster.json" => headers::agent_cluster,
    chromium_permissions_policy: "chromium-permissions-policy.json" => headers::permissions,
    chromium_sri: "chromium-sri.json" => headers::integrity,
    chromium_trusted_types: "chromium-trusted-types.json" => csp::trusted_types,
    chromium_x_content_type_options: "chromium-x-content-type-options.json" => headers::content_type_options,
    chromium_x_frame_options: "chromium-x-frame-options.json" => headers::frame_options,
    gecko_csp_parser: "gecko-csp-parser.json" => csp::written_by_gecko,
    gecko_hsts: "gecko-hsts.json" => headers::hsts,
    salvation_csp_eval: "salvation-csp-eval.json" => csp::eval,
    salvation_csp_external_script: "salvation-csp-external-script.json" => csp::external_scripts,
    salvation_csp_inline: "salvation-csp-inline.json" => csp::inline,
    salvation_csp_url: "salvation-csp-url.json" => csp::urls,
    salvation_parser: "salvation-parser.json" => csp::complaints,
    wpt_csp_ed25519: "wpt-new-csp-ed25519.json" => csp::external_scripts,
    wpt_csp_external_script: "wpt-new-csp-external-script.json" => csp::external_scripts,
    wpt_csp_inline: "wpt-new-csp-inline.json" => csp::inline,
    wpt_csp_subsumption: "wpt-new-csp-subsumption.json" => csp::subsumption,
    wpt_csp_url: "wpt-new-csp-url.json" => csp::urls,
}

/// So that no file is added and read by nobody, and none goes without a word.
#[test]
fn every_file_is_read() {
    let Some(folder) = conformance::folder("second-opinion") else {
        return;
    };
    let mut there: Vec<String> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    let mut read = READERS.to_vec();
    read.sort_unstable();
    assert_eq!(there, read);
}

#[test]
fn every_exception_is_of_a_file_and_says_why() {
    for row in EXCEPTIONS {
        for file in row.files {
            assert!(READERS.contains(file), "{file} is read by no test");
        }
        let says = ["we: ", "both: ", "neither: ", "Gecko: ", "Chromium: "];
        assert!(
            says.iter().any(|who| row.why.starts_with(who)),
            "{}",
            row.why
        );
    }
}
