//! Why a text is not an endpoint.

use std::fmt;

use crate::url::UrlError;

crate::errors::opaque! {
    /// Why a text is not an endpoint. Each message names the place and the fix; no user name and no
    /// password is ever repeated.
    pub struct EndpointError(EndpointFault);

    /// What an [`EndpointError`] is about.
    pub enum EndpointErrorKind {
        /// Neither a URL nor one of the short forms.
        Form = Form,
        /// A wildcard, which would also allow every attacker's resource.
        Wildcard = Wildcard,
        /// Not https, or for a test endpoint not http on this machine: the session token travels to it.
        Scheme = NotHttps | NotLocal,
        /// No such resource, region or host can exist.
        Host = Url | Host,
    }
}

/// What is wrong, with the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum EndpointFault {
    #[error(
        "`{text}` is not an endpoint; write `resource:contoso`, `region:westeurope`, `government:virginia` or a URL such as `https://face.contoso.example`"
    )]
    Form { text: String },

    #[error(
        "byte {position}: `*` in an endpoint; name the one resource: a wildcard over Azure's domains also allows every attacker's resource"
    )]
    Wildcard { position: usize },

    #[error("byte 0: the endpoint must begin with `https://`: the session token travels to it")]
    NotHttps,

    #[error(
        "a test endpoint must be `http://localhost:PORT` or `http://127.0.0.1:PORT`; for any other host use https"
    )]
    NotLocal,

    #[error(transparent)]
    Url(#[from] UrlError),

    #[error("byte {position}: {fault}")]
    Host { position: usize, fault: String },
}

impl From<UrlError> for EndpointError {
    fn from(error: UrlError) -> Self {
        EndpointFault::from(error).into()
    }
}

/// The kind of name that an endpoint is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum EndpointKind {
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
