//! The nearest known word to a misspelt one, for error messages.

/// The candidate that `text` most likely means, if one is near enough to be worth naming.
///
/// Case and separators don't count (`scriptSrc`, `SCRIPT_SRC`); beyond that, one slip in three
/// characters, at most three: a swap, a missing, a wrong or a surplus letter is one slip each.
pub(crate) fn closest<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // Distance is quadratic in the length, and a text this long is no typing mistake.
    if text.len() > 64 {
        return None;
    }
    let wanted = plain(text);
    let limit = (wanted.len() / 3).min(3);
    candidates
        .into_iter()
        .map(|candidate| (distance(&wanted, &plain(candidate)), candidate))
        .filter(|(distance, _)| *distance <= limit)
        // Of several at the same distance the first: candidates come in a fixed order.
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn plain(text: &str) -> Vec<char> {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b` (the
/// "optimal string alignment" distance).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        let mut left = i + 1;
        for (j, (to, above)) in b.iter().zip(last.windows(2)).enumerate() {
            let [diagonal, above] = *above else { continue };
            let mut best = (left + 1)
                .min(above + 1)
                .min(diagonal + usize::from(from != to));
            let swapped = j > 0 && i > 0 && b.get(j - 1) == Some(from) && a.get(i - 1) == Some(to);
            if let (true, Some(two_back)) = (swapped, before.get(j.wrapping_sub(1))) {
                best = best.min(two_back + 1);
            }
            row.push(best);
            left = best;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn names_the_nearest_and_nothing_far() {
        let known = ["script-src", "script-src-elem", "style-src", "sandbox"];
        for (text, expected) in [
            ("scirpt-src", Some("script-src")),
            ("scriptSrc", Some("script-src")),
            ("SCRIPT_SRC", Some("script-src")),
            ("scripts-src", Some("script-src")),
            ("style-sr", Some("style-src")),
            ("snadbox", Some("sandbox")),
            ("bogus", None),
            ("", None),
        ] {
            assert_eq!(closest(text, known), expected, "{text:?}");
        }
    }
}
