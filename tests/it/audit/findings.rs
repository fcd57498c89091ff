//! Every code is explained in the manual, and the manual explains nothing else.

use std::collections::BTreeSet;

use tower_visor::audit::Code;

const MANUAL: &str = include_str!("../../../docs/findings.md");

#[test]
fn every_code_has_its_heading_in_the_order_of_the_table() {
    let headings: Vec<&str> = MANUAL
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .collect();
    let codes: Vec<&str> = Code::all().map(Code::as_str).collect();
    assert_eq!(headings, codes);
}

#[test]
fn codes_are_unique_and_in_kebab_case() {
    let mut seen = BTreeSet::new();
    for code in Code::all() {
        let name = code.as_str();
        assert!(seen.insert(name), "{name} appears twice");
        assert!(
            name.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{name}"
        );
        assert!(
            !code.title().is_empty() && !code.title().ends_with('.'),
            "{name}"
        );
        assert!(
            !code.fix().is_empty() && !code.fix().ends_with('.'),
            "{name}"
        );
        assert_eq!(Code::named(name), Some(code));
    }
}

#[test]
fn every_explanation_names_its_fix_and_its_source() {
    for section in MANUAL.split("\n### ").skip(1) {
        let name = section.lines().next().unwrap();
        let code = Code::named(name).unwrap();
        let flat = section.split_whitespace().collect::<Vec<_>>().join(" ");
        let fix = format!("Fix: {}.", code.fix());
        assert!(flat.contains(&fix), "{name} says another fix than {fix:?}");
        assert!(section.contains("\nSource: "), "{name} has no source");
    }
}
