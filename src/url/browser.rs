//! References in a document, made absolute.

use std::fmt::Write as _;

use super::{CspError, Url};

impl Url {
    /// What a reference means in a document of this base URL: the `src` of a script, the `href`
    /// of a link.
    ///
    /// As browsers do, spaces at the ends and line breaks are left out, a backslash counts as a
    /// slash, and what URLs can't hold is percent-encoded.
    ///
    /// ```
    /// use tower_visor::csp::Url;
    ///
    /// let base: Url = "https://example.com/app/index.html".parse()?;
    /// let join = |reference| base.join(reference).map(|url| url.to_string());
    /// assert_eq!(join("../FaceLivenessDetector.js")?, "https://example.com/FaceLivenessDetector.js");
    /// assert_eq!(join("//cdn.example/a b.js?v=1")?, "https://cdn.example/a%20b.js?v=1");
    /// assert_eq!(join("data:,x")?, "data:,x");
    /// # Ok::<(), tower_visor::csp::CspError>(())
    /// ```
    ///
    /// Specification: [URL, basic URL parser](https://url.spec.whatwg.org/#concept-basic-url-parser).
    ///
    /// # Errors
    /// * `"x.js"` where the base has no host, such as `about:blank`
    /// * what [`Url`] refuses of an absolute URL: `"https://"`, `"https://user@example.com"`
    pub fn join(&self, reference: &str) -> Result<Self, CspError> {
        let cleaned = cleaned(reference);
        let reference = cleaned.as_str();
        if let Some((scheme, rest)) = scheme(reference) {
            // "special authority ignore slashes state": `https:/\/example.com`.
            if matches!(scheme, "http" | "https" | "ws" | "wss") {
                let rest = slashes(rest);
                if scheme == self.scheme() && !rest.starts_with("//") {
                    // "special relative or authority state": `https:app.js`.
                    return self.relative(&rest);
                }
                return format!("{scheme}://{}", rest.trim_start_matches('/')).parse();
            }
            return reference.parse();
        }
        self.relative(&slashes(reference))
    }

    fn relative(&self, reference: &str) -> Result<Self, CspError> {
        let Some(origin) = self.origin() else {
            // Its own error: the reference isn't absolute.
            return reference.parse();
        };
        if reference.starts_with("//") {
            let authority = reference.trim_start_matches('/');
            return format!("{}://{authority}", self.scheme()).parse();
        }
        let folder = self
            .path()
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        match reference.chars().next() {
            None | Some('#') => Ok(self.clone()),
            Some('?') => {
                let query = reference.split('#').next().unwrap_or_default();
                Ok(self.with_query(query.get(1..).map(str::to_owned)))
            }
            Some('/') => format!("{origin}{reference}").parse(),
            Some(_) => format!("{origin}{folder}/{reference}").parse(),
        }
    }
}

/// Without what browsers skip, and with what URLs can't hold percent-encoded.
fn cleaned(reference: &str) -> String {
    let trimmed = reference.trim_matches(|c: char| c <= ' ');
    let mut cleaned = String::with_capacity(trimmed.len());
    for (position, byte) in trimmed.bytes().enumerate() {
        match byte {
            b'\t' | b'\n' | b'\r' => {}
            b'%' if !super::host::is_percent_encoded(trimmed, position) => cleaned.push_str("%25"),
            byte if byte.is_ascii_graphic() => cleaned.push(char::from(byte)),
            // Writing to a string can't fail.
            byte => drop(write!(cleaned, "%{byte:02X}")),
        }
    }
    cleaned
}

/// The scheme and what follows its colon.
fn scheme(reference: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = reference.split_once(':')?;
    let mut bytes = scheme.bytes();
    let first = bytes.next()?.is_ascii_alphabetic();
    let others = bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    (first && others).then_some((scheme, rest))
}

/// Backslashes before the query count as slashes.
fn slashes(text: &str) -> String {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let (path, tail) = text.split_at(end);
    format!("{}{tail}", path.replace('\\', "/"))
}
