//! Facts about the SDK that are read from text.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use tower_visor::csp::{Csp, HostSource, Sources};
use tower_visor::policy::{Location, Reason};
use tower_visor::sdk::{Date, Endpoint, StyleHash, Version};

use super::is_message;

/// A text, read as each of them.
pub fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    read_back::<Version>(text);
    read_back::<Date>(text);
    read_back::<StyleHash>(text);
    read_back::<Location>(text);
    read_back::<Endpoint>(text);
    if let Err(error) = text.parse::<Reason>() {
        is_message(&error);
    }
    for endpoint in [
        Endpoint::resource(text),
        Endpoint::region(text),
        Endpoint::government(text),
        Endpoint::proxy(text),
        Endpoint::local_test(text),
        text.parse(),
    ] {
        match endpoint {
            Ok(endpoint) => is_one_host(&endpoint),
            Err(error) => is_message(&error),
        }
    }
}

fn read_back<T>(text: &str)
where
    T: FromStr + Display + Debug + PartialEq,
    T::Err: Display + Debug,
{
    match text.parse::<T>() {
        Ok(value) => assert_eq!(value.to_string().parse::<T>().unwrap(), value),
        Err(error) => is_message(&error),
    }
}

/// The token goes to one host, whatever the text was: no wildcard, no second source.
fn is_one_host(endpoint: &Endpoint) {
    let source = endpoint.connect_source();
    let host: HostSource = source.parse().expect("a source");
    assert!(!source.contains('*'), "{host}");
    let csp: Csp = format!("connect-src {source}").parse().expect("a policy");
    assert_eq!(csp.connect_src().map(Sources::len), Some(1), "{csp}");
}

/// Texts that are right.
pub fn seeds() -> Vec<Vec<u8>> {
    [
        "1.5.0",
        "1.5.0-beta.2",
        "2026-02-28",
        "resource:contoso",
        "region:westeurope",
        "government:contoso",
        "proxy:https://face.contoso.example/path/",
        "https://face.contoso.example:8443/",
        "local-test:http://127.0.0.1:8080",
        "http://[::1]:9",
        "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
        "/app.js",
        "https://cdn.contoso.example/brand/",
        "until March, LIV-12",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
