//! The manual's rows of Microsoft's document.

const MANUAL: &str = include_str!("../../../docs/responsibility.md");

/// Each row of the document, by part, in our names.
const ROWS: [(&str, &[&str]); 9] = [
    (
        "Connections",
        &[
            "orchestrate",
            "key",
            "authenticate",
            "traffic",
            "identity",
            "mobile-signing",
        ],
    ),
    ("What the service does", &["token", "https", "roles"]),
    ("Mobile applications", &["mobile-integrity"]),
    (
        "Web applications",
        &["headers", "csp", "sri", "hashes", "secure-context"],
    ),
    ("The client's device", &["device", "private-endpoint"]),
    ("Up to date", &["current"]),
    (
        "Monitoring of abuse",
        &["limits", "correlation", "review", "images", "logs"],
    ),
    ("Reports of abuse", &["report"]),
    ("Added by 2026-01-30", &["runtime", "camera", "quick-link"]),
];

/// Heading, and the cells of each row below it.
fn sections() -> Vec<(&'static str, Vec<Vec<&'static str>>)> {
    MANUAL
        .split("\n## ")
        .skip(1)
        .map(|section| {
            let (heading, body) = section.split_once('\n').unwrap();
            let rows = body.lines().filter(|line| line.starts_with('|')).skip(2);
            let cells = |line: &'static str| -> Vec<&str> {
                let inner = line
                    .strip_prefix('|')
                    .and_then(|line| line.strip_suffix('|'));
                inner.unwrap().split('|').map(str::trim).collect()
            };
            (heading, rows.map(cells).collect())
        })
        .collect()
}

#[test]
fn every_row_is_there_and_somebody_takes_care_of_it() {
    let sections = sections();
    let found: Vec<(&str, Vec<&str>)> = sections
        .iter()
        .map(|(heading, rows)| {
            let names = rows.iter().map(|cells| cells[0].trim_matches('`'));
            (*heading, names.collect())
        })
        .collect();
    let expected: Vec<(&str, Vec<&str>)> = ROWS
        .iter()
        .map(|(heading, names)| (*heading, names.to_vec()))
        .collect();
    assert_eq!(found, expected);
    for cells in sections.iter().flat_map(|(_, rows)| rows) {
        assert_eq!(cells.len(), 5, "{cells:?}");
        assert!(!cells[1].is_empty(), "{cells:?}");
        assert!(cells[2..].iter().any(|cell| !cell.is_empty()), "{cells:?}");
    }
}

#[test]
#[cfg(feature = "audit")]
fn audits_name_rows_that_are_there() {
    use std::collections::BTreeSet;

    use tower_visor::audit::{Code, Framework};

    let known: BTreeSet<&str> = ROWS.iter().flat_map(|(_, names)| *names).copied().collect();
    let mut named = BTreeSet::new();
    for control in Code::all().flat_map(Code::controls) {
        if control.framework == Framework::Microsoft {
            assert!(known.contains(control.id), "{control}");
            named.insert(control.id);
        }
    }
    assert!(named.len() >= 7, "{named:?}");
}
