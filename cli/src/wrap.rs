//! Lines that fit a terminal, broken between words. Files and pipes get them as they are.

use console::{Term, measure_text_width};

/// Narrower than this, breaking makes a text no easier to read.
const LEAST: usize = 40;

/// For what goes to standard output.
pub(crate) fn stdout(text: String) -> String {
    for_terminal(&Term::stdout(), text)
}

/// For what goes to standard error.
pub(crate) fn stderr(text: String) -> String {
    for_terminal(&Term::stderr(), text)
}

fn for_terminal(terminal: &Term, text: String) -> String {
    match terminal.size_checked() {
        Some((_, columns)) if terminal.is_term() => wrapped(&text, columns.into()),
        _ => text,
    }
}

fn wrapped(text: &str, columns: usize) -> String {
    if columns < LEAST {
        return text.to_owned();
    }
    let lines: Vec<String> = text.split('\n').map(|text| line(text, columns)).collect();
    lines.join("\n")
}

/// A line goes on below its own text: after its indent, or after the level or name it begins with,
/// which is seven characters wide in findings (`medium `) and in errors (`visor: `).
fn line(text: &str, columns: usize) -> String {
    if measure_text_width(text) <= columns {
        return text.to_owned();
    }
    let indent = text.len() - text.trim_start_matches(' ').len();
    let below = " ".repeat(if indent == 0 { 7 } else { indent });
    let mut out = text[..indent].to_owned();
    let mut at = indent;
    for (index, word) in text[indent..].split(' ').enumerate() {
        let width = measure_text_width(word);
        if index > 0 {
            // A word that is wider than a line can't be helped.
            if at + 1 + width > columns && at > below.len() {
                out.push('\n');
                out.push_str(&below);
                at = below.len();
            } else {
                out.push(' ');
                at += 1;
            }
        }
        out.push_str(word);
        at += width;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_are_broken_between_words_and_go_on_below_their_text() {
        let text = "low    corp-missing: header cross-origin-resource-policy: not sent\n\
                    \u{20}      at https://liveness.contoso.example/a/long/path/that/stays/whole.js\n\
                    \u{20}      fix: send Cross-Origin-Resource-Policy: same-origin with each of them\n";
        assert_eq!(
            wrapped(text, 48),
            "low    corp-missing: header\n\
             \u{20}      cross-origin-resource-policy: not sent\n\
             \u{20}      at\n\
             \u{20}      https://liveness.contoso.example/a/long/path/that/stays/whole.js\n\
             \u{20}      fix: send Cross-Origin-Resource-Policy:\n\
             \u{20}      same-origin with each of them\n"
        );
        // Where all fits, nothing changes; nor where nothing would fit.
        for columns in [100, 39, 0] {
            assert_eq!(wrapped(text, columns), text);
        }
    }

    #[test]
    fn color_takes_no_room() {
        let text = format!(
            "\u{1b}[1;31mhigh  \u{1b}[0m \u{1b}[1mcsp-missing\u{1b}[0m: {}",
            "x".repeat(20)
        );
        assert_eq!(wrapped(&text, 40), text);
        let broken = wrapped(&format!("{text} yes"), 40);
        assert_eq!(broken, format!("{text}\n       yes"));
    }
}
