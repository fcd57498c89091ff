//! The texts in some code, whole again where minifiers or people took them apart.

use super::tokens::{Part, Token, Tokens, tokens};

/// A text in some code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Joined {
    pub(crate) text: String,
    /// It is an argument of `eval` or of `Function`, as webpack has modules in development.
    pub(crate) is_code: bool,
}

/// The texts in some code, front to back: `"a" + "b"` and `` `a${"b"}` `` are one; what stands before, between
/// and behind the other `${}` of a template are several.
pub(crate) fn joined(code: &str) -> impl Iterator<Item = Joined> {
    let mut rest = tokens(code);
    let mut next = rest.next().map(|(_, token)| token);
    let mut last = Token::Mark(';');
    // Behind `eval(`, how deep that call is.
    let mut evaluated = None;
    std::iter::from_fn(move || {
        loop {
            let token = next?;
            let before = std::mem::replace(&mut last, token);
            if evaluated.is_some_and(|depth| rest.depth() < depth) {
                evaluated = None;
            }
            if let Token::Text { .. } = token {
                let text;
                (text, next) = whole(token, &mut rest);
                if let Some(text) = text {
                    let is_code = evaluated.is_some();
                    return Some(Joined { text, is_code });
                }
                continue;
            }
            if token == Token::Mark('(') && (before.is("eval") || before.is("Function")) {
                evaluated.get_or_insert(rest.depth());
            }
            next = rest.next().map(|(_, token)| token);
        }
    })
}

/// The text that a literal begins, with what is joined to it; and the token behind that.
pub(super) fn whole<'a>(
    first: Token<'a>,
    rest: &mut Tokens<'a>,
) -> (Option<String>, Option<Token<'a>>) {
    let mut next = || rest.next().map(|(_, token)| token);
    let mut text = first.text();
    let mut last = first;
    loop {
        let mut token = next();
        let is_added = token == Some(Token::Mark('+'));
        if is_added {
            token = next();
        }
        let is_joined = |token: &Token<'_>| is_added || is_piece(&last) || is_piece(token);
        let more = token.filter(is_joined).and_then(|token| token.text());
        let (Some(text), Some(more), Some(token)) = (&mut text, more, token) else {
            return (text, token);
        };
        text.push_str(&more);
        last = token;
    }
}

fn is_piece(token: &Token<'_>) -> bool {
    let piece = Part::Piece;
    matches!(token, Token::Text { part, .. } if *part == piece)
}
