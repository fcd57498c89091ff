//! Paths of a publisher's list, brought to one form.

/// The path of a file or of a URL without scheme, host, query and fragment, and without what
/// tools put in front: `/`, `./`, `package/`. `None` where nothing is left, or where it leads
/// upwards.
pub(super) fn normal(written: &str) -> Option<String> {
    let path = written.trim().replace('\\', "/");
    // A URL's query and fragment are no part of the file; file names of the SDK hold neither.
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = match path.split_once("//") {
        Some((scheme, rest)) if scheme.is_empty() || scheme.ends_with(':') => {
            rest.split_once('/')?.1
        }
        _ => path,
    };
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    let parts = match parts.as_slice() {
        ["package", inner @ ..] => inner,
        all => all,
    };
    let clean = |part: &&str| *part != ".." && !part.contains(|c: char| c.is_control() || c == ':');
    (!parts.is_empty() && !path.ends_with('/') && parts.iter().all(clean)).then(|| parts.join("/"))
}

/// Whether a path ends in another, at a `/`.
pub(super) fn ends_in(path: &str, end: &str) -> bool {
    path.strip_suffix(end)
        .is_some_and(|before| before.ends_with('/'))
}
