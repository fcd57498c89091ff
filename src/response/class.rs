//! The kinds of response that get their own headers.

/// What kind of response it is, as far as its headers depend on that.
///
/// Put it into the extensions of a response to say so; otherwise the layer goes by the content
/// type.
///
/// ```
/// use tower_visor::response::ResponseClass;
///
/// let mut response = http::Response::new("<svg xmlns='http://www.w3.org/2000/svg'/>");
/// response.extensions_mut().insert(ResponseClass::PinnedAsset);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // each policy answers for each
pub enum ResponseClass {
    /// A page that a browser shows and whose scripts it runs.
    Document,
    /// A file whose bytes were checked against a pin.
    PinnedAsset,
    /// Anything else: answers of an API, redirects, errors, other files.
    Other,
}
