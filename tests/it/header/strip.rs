//! The headers to take out.

use http::HeaderName;
use tower_visor::header::{OBSOLETE, STRIP};

use crate::conformance;

#[test]
fn the_lists_are_sorted_names_in_lower_case() {
    for list in [STRIP, OBSOLETE] {
        assert!(list.is_sorted());
        for name in list {
            // `from_static` takes lower case only.
            assert_eq!(HeaderName::from_static(name).as_str(), *name);
        }
    }
    assert!(STRIP.contains(&"server") && STRIP.contains(&"x-powered-by"));
    assert!(STRIP.iter().all(|name| !OBSOLETE.contains(name)));
}

#[test]
fn conformance_owasp_remove() {
    let Some(data) = conformance::load("owasp_headers_remove.json") else {
        return;
    };
    conformance::each(&data["headers"], |name| {
        let name = name.as_str().unwrap().to_ascii_lowercase();
        if STRIP.contains(&name.as_str()) {
            Ok(())
        } else {
            Err("not in the list".to_owned())
        }
    });
}
