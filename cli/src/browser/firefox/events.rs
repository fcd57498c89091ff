//! What Firefox tells, as far as it is read here: <https://w3c.github.io/webdriver-bidi/>.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Network {
    pub(super) context: Option<String>,
    pub(super) request: Asked,
    pub(super) response: Option<Answer>,
    #[serde(rename = "errorText")]
    pub(super) error_text: Option<String>,
    #[serde(rename = "redirectCount")]
    pub(super) redirects: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked {
    pub(super) request: String,
    pub(super) url: String,
    #[serde(default)]
    pub(super) destination: Option<String>,
    #[serde(default)]
    pub(super) initiator_type: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<Header>,
    #[serde(rename = "bytesReceived", default)]
    pub(super) received: usize,
    /// Of the body as it came, compressed or not.
    #[serde(rename = "bodySize", default)]
    pub(super) body: Option<usize>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) value: Bytes,
}

/// Text, or bytes in base64.
#[derive(Debug, Deserialize)]
pub(super) struct Bytes {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) value: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Data {
    pub(super) bytes: Bytes,
}

#[derive(Debug, Deserialize)]
pub(super) struct Navigated {
    pub(super) context: String,
    pub(super) url: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Created {
    pub(super) context: String,
    pub(super) parent: Option<String>,
    #[serde(rename = "originalOpener")]
    pub(super) opener: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Realm {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) origin: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub(super) level: String,
    pub(super) text: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) data: Said,
}

#[derive(Debug, Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    pub(super) value: String,
}

/// What `watch.js` tells.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Watched {
    Inline {
        url: String,
        text: String,
    },
    Violation {
        directive: String,
        blocked: String,
        source: Option<String>,
        line: u32,
        column: u32,
        disposition: String,
    },
}

#[derive(Debug, Deserialize)]
pub(super) struct Cookies {
    pub(super) cookies: Vec<Cookie>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cookie {
    pub(super) name: String,
    pub(super) domain: String,
    pub(super) path: String,
    pub(super) http_only: bool,
    pub(super) secure: bool,
    pub(super) same_site: String,
    pub(super) expiry: Option<u64>,
}
