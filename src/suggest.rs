//! "Did you mean": the nearest of the known names, if it is near enough to be a slip.

/// The known name that `text` was probably meant to be.
///
/// Case and `_` against `-` don't count; beyond that, one slip (a character left out, added,
/// changed, or two swapped) for each three characters is forgiven.
pub(crate) fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Nothing that we know is this long, and the work grows with the length.
    if text.len() > 64 {
        return None;
    }
    let text = fold(text);
    known
        .into_iter()
        .map(|name| (distance(&text, &fold(name)), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= name.chars().count().max(3) / 3)
        .map(|(_, name)| name)
}

/// `, did you mean `NAME`?`, or nothing: ready to stand behind "unknown ... `text`".
pub(crate) fn hint(text: &str, known: impl IntoIterator<Item = &'static str>) -> String {
    nearest(text, known).map_or_else(String::new, |name| format!(", did you mean `{name}`?"))
}

fn fold(text: &str) -> Vec<char> {
    text.chars()
        .map(|c| {
            if c == '_' {
                '-'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect()
}

/// Optimal string alignment: edits, with a swap of neighbours as one.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let change = previous[j] + usize::from(x != y);
            let mut least = change.min(previous[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut previous, row);
    }
    previous.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let known = ["script-src", "style-src", "img-src", "sandbox"];
        for (text, expected) in [
            ("scirpt-src", Some("script-src")),
            ("scriptSrc", Some("script-src")),
            ("SCRIPT_SRC", Some("script-src")),
            ("imgsrc", Some("img-src")),
            ("sandboxx", Some("sandbox")),
            ("x", None),
            ("completely-else", None),
            ("", None),
        ] {
            assert_eq!(nearest(text, known), expected, "{text:?}");
        }
    }
}
