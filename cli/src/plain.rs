//! The manual's Markdown, for terminals.

/// The text without the marks of code, and with the address of a link behind its words.
///
/// The manual is the project's own text and keeps to these: backticks that are closed, and links
/// without brackets in their words.
pub(crate) fn text(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some(start) = rest.find('[') {
        let link = rest[start + 1..]
            .split_once("](")
            .and_then(|(words, after)| {
                let (address, after) = after.split_once(')')?;
                let is_link = !words.contains(['[', ']']) && !address.contains(char::is_whitespace);
                is_link.then_some((words, address, after))
            });
        let Some((words, address, after)) = link else {
            out.push_str(&rest[..=start]);
            rest = &rest[start + 1..];
            continue;
        };
        out.push_str(&rest[..start]);
        out.push_str(words);
        // What lies in the crate has its name for an address.
        if !address.starts_with("crate::") {
            out.extend([" <", address, ">"]);
        }
        rest = after;
    }
    out.push_str(rest);
    out.replace('`', "")
}

#[cfg(test)]
mod tests {
    use tower_visor::audit::Code;

    use super::text;

    #[test]
    fn links_are_spelt_out_and_code_has_no_marks() {
        for (markdown, plain) in [
            ("send `a` or `b`", "send a or b"),
            (
                "see [the text](https://a.example/) twice",
                "see the text <https://a.example/> twice",
            ),
            ("see [`Endpoint`](crate::sdk::Endpoint)", "see Endpoint"),
            ("`[::1]` and [x] stay", "[::1] and [x] stay"),
        ] {
            assert_eq!(text(markdown), plain);
        }
    }

    #[test]
    fn no_explanation_keeps_markdown() {
        for code in Code::all() {
            let plain = text(code.explanation());
            assert!(
                !plain.contains('`') && !plain.contains("]("),
                "{code}: {plain}"
            );
        }
    }
}
