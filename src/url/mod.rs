//! URLs, origins and hosts: one reader for all of them.
//!
//! Each can be read in two ways, as everywhere in this crate:
//!
//! * **strict**, by [`FromStr`](std::str::FromStr), for what people write into configuration: what
//!   a browser would silently repair is an error that names its place and the fix
//! * **as browsers read**, [`Url::effective`] and [`Url::join`], for what pages and servers hold:
//!   `HTTP:\\EXAMPLE.com:80\a\..\%2e\app.css` is `http://example.com/app.css`
//!
//! Both give the same values, so that they can be compared. A fragment is never kept, because no
//! request holds it, and neither are a user name and a password, which are secrets.
//!
//! ```
//! use tower_visor::url::{Origin, Url};
//!
//! let page: Url = "https://example.com/app/".parse()?;
//! let style = page.join("\thttps:..\\%2e/ap\np.css?v=2")?;
//! assert_eq!(style.to_string(), "https://example.com/app.css?v=2");
//! assert_eq!(style.origin(), page.origin());
//!
//! let odd = "https://example.com:0443".parse::<Origin>().unwrap_err();
//! assert_eq!(
//!     odd.to_string(),
//!     "byte 20: `0443` is not a port; write a number from 1 to 65535 without leading zeros",
//! );
//! # Ok::<(), tower_visor::url::UrlError>(())
//! ```
//!
//! This reader omits two parts of the standard: domain names that aren't ASCII (that would
//! take Unicode's tables; write them in their `xn--` form) are refused in both readings, so no page
//! can smuggle one past it; and `file:` URLs, which no page on the network loads, are read like those
//! of any other scheme.
//!
//! Specification: [URL](https://url.spec.whatwg.org/).

mod absolute;
mod authority;
mod browser;
mod error;
mod host;
mod origin;
mod percent;
mod strict;

pub use absolute::Url;
pub use error::{UrlError, UrlErrorKind};
pub use host::Host;
pub use origin::Origin;

pub(crate) use authority::{Authority, default_port, of_handshake, port, scheme};
pub(crate) use host::is_loopback;
#[cfg(feature = "page")]
pub(crate) use percent::escaped;
pub(crate) use percent::{
    decoded, is_encoded, one_spelling, path_in_policy, path_of_names, respelt,
};
