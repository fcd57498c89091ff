//! The strict reading against what two other builders accept, and against policies from the wild.

use serde_json::Value;
use tower_visor::csp::{Csp, DirectiveName, HostSource, SchemeSource, ScriptSource};

use crate::conformance;

fn group(name: &str) -> Option<Value> {
    let mut data = conformance::load("csp-source-expressions.json")?;
    Some(data["groups"][name]["cases"].take())
}

fn input(case: &Value) -> &str {
    case["input"].as_str().unwrap()
}

fn judge<T: ToString, E: ToString>(case: &Value, read: Result<T, E>) -> Result<(), String> {
    let valid = case["expected"]["valid"].as_bool().unwrap();
    match (read, valid) {
        (Ok(read), true) => {
            let output = case["expected"]["output"].as_str().unwrap();
            if read.to_string() == output {
                Ok(())
            } else {
                Err(format!("written as {}", read.to_string()))
            }
        }
        (Err(_), false) => Ok(()),
        (Ok(read), false) => Err(format!("accepted as {}", read.to_string())),
        (Err(error), true) => Err(format!("refused: {}", error.to_string())),
    }
}

/// The builder that the cases come from converts international hosts to punycode and percent-encodes
/// paths. Here both are refused, with the conversion named: a policy says what it says. The notes
/// of the cases call that as good.
fn converted_there(case: &Value) -> bool {
    case["note"]
        .as_str()
        .is_some_and(|note| note.contains("refusing the input is as good"))
}

#[test]
fn hosts_as_another_builder_reads_them() {
    let Some(cases) = group("host_sources") else {
        return;
    };
    conformance::each(&cases, |case| {
        let text = input(case);
        let host = text.parse::<HostSource>();
        if converted_there(case) {
            assert!(!text.is_ascii() || text.contains([';', ',']), "{case}");
            return match host {
                Err(_) => Ok(()),
                Ok(host) => Err(format!("accepted as {host}")),
            };
        }
        match text.parse::<SchemeSource>() {
            Ok(scheme) => judge(case, Ok::<_, String>(scheme)),
            Err(_) => judge(case, host),
        }
    });
}

#[test]
fn hashes_as_another_builder_reads_them() {
    let Some(cases) = group("hash_sources") else {
        return;
    };
    conformance::each(&cases, |case| {
        judge(case, format!("'{}'", input(case)).parse::<ScriptSource>())
    });
}

#[test]
fn names_as_another_builder_reads_them() {
    let Some(cases) = group("directive_names") else {
        return;
    };
    conformance::each(&cases, |case| {
        judge(case, input(case).parse::<DirectiveName>())
    });
}

#[test]
fn values_as_another_builder_reads_them() {
    let Some(cases) = group("directive_values") else {
        return;
    };
    conformance::each(&cases, |case| {
        judge(case, input(case).parse::<ScriptSource>())
    });
}

#[test]
fn unquoted_keywords_are_answered_with_the_quoted_form() {
    let Some(cases) = group("must_be_quoted") else {
        return;
    };
    conformance::each(&cases, |case| {
        let suggestion = case["expected"]["suggestion"].as_str().unwrap();
        let text = format!("script-src {}", input(case));
        match text.parse::<Csp>() {
            Ok(csp) => Err(format!("accepted as {csp}")),
            Err(faults)
                if faults
                    .to_string()
                    .ends_with(&format!("write `{suggestion}`")) =>
            {
                Ok(())
            }
            Err(faults) => Err(faults.to_string()),
        }
    });
}

/// Browsers take base64url; the strict reading refuses it and says how to write it, because by the
/// letter of the SRI draft a digest with `-` can't match.
#[test]
fn base64url_is_refused_with_its_fix() {
    let Some(data) = conformance::load("csp-hash-base64url.json") else {
        return;
    };
    conformance::each(&data["cases"], |case| {
        let text = case["input"]["source_expression"].as_str().unwrap();
        match text.parse::<ScriptSource>() {
            Ok(source) => Err(format!("accepted as {source}")),
            Err(error) if error.to_string().contains("write `+` for `-`") => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    });
}

/// What Chromium warns about is refused, and what it ignores without a word too.
#[test]
fn what_chromium_ignores_is_refused() {
    let Some(data) = conformance::load("headers-chromium.json") else {
        return;
    };
    conformance::each(&data["groups"]["csp_source_expressions"]["cases"], |case| {
        let text = case["input"].as_str().unwrap();
        let policy = format!("script-src {text}").parse::<Csp>();
        match (case["expected"]["message"].as_str().unwrap(), policy) {
            ("no message", _) | (_, Err(_)) => Ok(()),
            (message, Ok(csp)) => Err(format!("accepted as {csp}, in Chromium: {message}")),
        }
    });
    conformance::each(&data["groups"]["csp_directives"]["cases"], |case| {
        let policy = case["input"].as_str().unwrap().parse::<Csp>();
        match (case["expected"]["message"].as_str().unwrap(), policy) {
            // Known to Chromium but unused; refused with what to write instead.
            ("no message", Err(faults)) => match &faults[..] {
                [fault] if fault.directive().is_some_and(|d| d.replacement().is_some()) => Ok(()),
                _ => Err(faults.to_string()),
            },
            ("no message", Ok(_)) | (_, Err(_)) => Ok(()),
            (message, Ok(csp)) => Err(format!("accepted as {csp}, in Chromium: {message}")),
        }
    });
}

#[test]
fn policies_from_the_wild_never_panic_and_are_written_back() {
    let Some(folder) = std::env::var_os("CONFORMANCE_DIR") else {
        return;
    };
    let text = std::fs::read_to_string(std::path::Path::new(&folder).join("policies.txt")).unwrap();
    let mut read = 0;
    for line in text.lines() {
        match line.parse::<Csp>() {
            Ok(csp) => {
                read += 1;
                assert_eq!(csp.to_string().parse(), Ok(csp), "{line}");
            }
            Err(faults) => assert!(!faults.to_string().is_empty()),
        }
    }
    // Some are broken on purpose; but a strict reading that refuses most of them is unused.
    let all = text.lines().count();
    assert!(
        all > 0 && read * 10 >= all * 6,
        "only {read} of {all} policies are accepted"
    );
}
