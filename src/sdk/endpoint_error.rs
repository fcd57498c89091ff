//! Why a text is not an endpoint.

use std::fmt;

use crate::url::UrlError;

/// Why a text is not an endpoint. Each message names the place and the fix; no user name and no
/// password is ever repeated.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// Neither a URL nor one of the short forms.
    #[error(
        "`{text}` is not an endpoint; write `resource:contoso`, `region:westeurope`, `government:virginia` or a URL such as `https://face.contoso.example`"
    )]
    Form {
        /// The endpoint as written, shortened.
        text: String,
    },

    /// A wildcard.
    #[error(
        "byte {position}: `*` in an endpoint; name the one resource: a wildcard over Azure's domains also allows every attacker's resource"
    )]
    Wildcard {
        /// Where it stands.
        position: usize,
    },

    /// No such resource or region can be.
    #[error("byte {position}: {fault}")]
    Name {
        /// What was named.
        kind: EndpointKind,
        /// Where in the text.
        position: usize,
        /// What is wrong, and the fix.
        fault: String,
    },

    /// Another scheme than https.
    #[error("byte 0: the endpoint must begin with `https://`: the session token travels to it")]
    NotHttps,

    /// A test endpoint that is not on this machine.
    #[error(
        "a test endpoint must be `http://localhost:PORT` or `http://127.0.0.1:PORT`; for any other host use https"
    )]
    NotLocal,

    /// Not an origin.
    #[error(transparent)]
    Url(#[from] UrlError),

    /// A host that no proxy can have: an IP address, one of Azure's domains without a resource.
    #[error("byte {position}: {fault}")]
    Host {
        /// Where in the text.
        position: usize,
        /// What is wrong, and the fix.
        fault: String,
    },
}

crate::errors::debug_is_display!(EndpointError);

/// The kind of name that an endpoint is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EndpointKind {
    /// A Face resource: `contoso` in `contoso.cognitiveservices.azure.com`.
    Resource,
    /// A region: `westeurope` in `westeurope.api.cognitive.microsoft.com`.
    Region,
    /// A region of the government cloud: `virginia` in `virginia.api.cognitive.microsoft.us`.
    Government,
}

impl fmt::Display for EndpointKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resource => "resource",
            Self::Region => "region",
            Self::Government => "government region",
        })
    }
}
