//! The text of a string literal.

/// The text of a JavaScript string literal at the start of some code; `None` when there is none,
/// when it does not end, or when a template holds a `${`: then its text is not constant.
pub(crate) fn literal(code: &[u8]) -> Option<String> {
    let (&quote, code) = code.split_first()?;
    if !matches!(quote, b'"' | b'\'' | b'`') {
        return None;
    }
    let end = end_of_literal(code, quote)?;
    let text = std::str::from_utf8(code.get(..end)?).ok()?;
    if quote == b'`' && substitutes(text) {
        return None;
    }
    cooked(text)
}

/// What stands between quotes, with its escapes resolved
/// ([ECMAScript, section 12.9.4](https://tc39.es/ecma262/#sec-literals-string-literals)); `None`
/// where one is none, or half of a pair is left over.
pub(super) fn cooked(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    // A character outside the basic plane may be written as two escapes.
    let mut high: Option<u32> = None;
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        let unit = if character == '\\' {
            match rest.next()? {
                // A line continuation stands for nothing.
                '\n' | '\u{2028}' | '\u{2029}' => continue,
                '\r' => {
                    rest = rest
                        .as_str()
                        .strip_prefix('\n')
                        .unwrap_or(rest.as_str())
                        .chars();
                    continue;
                }
                'n' => u32::from('\n'),
                'r' => u32::from('\r'),
                't' => u32::from('\t'),
                'b' => 8,
                'v' => 11,
                'f' => 12,
                '0' if !rest.as_str().starts_with(|c: char| c.is_ascii_digit()) => 0,
                '0'..='9' => return None,
                'x' => hex(&mut rest, 2)?,
                'u' => match rest.as_str().strip_prefix('{') {
                    Some(code) => {
                        let (digits, after) = code.split_once('}')?;
                        rest = after.chars();
                        u32::from_str_radix(digits, 16).ok()?
                    }
                    None => hex(&mut rest, 4)?,
                },
                other => u32::from(other),
            }
        } else {
            u32::from(character)
        };
        match (high.take(), unit) {
            (None, 0xD800..=0xDBFF) => high = Some(unit),
            (Some(first), 0xDC00..=0xDFFF) => out.push(char::from_u32(
                0x1_0000 + ((first - 0xD800) << 10) + (unit - 0xDC00),
            )?),
            // Half of a pair is not a text that has a hash.
            (Some(_), _) => return None,
            (None, unit) => out.push(char::from_u32(unit)?),
        }
    }
    high.is_none().then_some(out)
}

/// Whether a template's text holds a `${` that is not escaped.
fn substitutes(text: &str) -> bool {
    let mut escaped = false;
    text.char_indices().any(|(at, character)| {
        if escaped {
            escaped = false;
            return false;
        }
        escaped = character == '\\';
        character == '$' && text[at + 1..].starts_with('{')
    })
}

/// Where the closing quote stands.
fn end_of_literal(code: &[u8], quote: u8) -> Option<usize> {
    let mut escaped = false;
    code.iter().position(|&byte| {
        if escaped {
            escaped = false;
            return false;
        }
        escaped = byte == b'\\';
        byte == quote
    })
}

fn hex(rest: &mut std::str::Chars<'_>, count: usize) -> Option<u32> {
    let digits = rest.as_str().get(..count)?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    *rest = rest.as_str().get(count..)?.chars();
    // `from_str_radix` takes a sign.
    (!digits.starts_with('+')).then_some(value)
}
