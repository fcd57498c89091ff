//! Code as tokens ([ECMAScript, section 12](https://tc39.es/ecma262/#sec-ecmascript-language-lexical-grammar)).

/// A piece of code; comments and white space are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// A name, a keyword or a number.
    Word(&'a str),
    /// What stands between the quotes of a string literal, or between two `${}` of a template.
    Text { raw: &'a str, part: Part },
    /// A regular expression.
    Pattern,
    /// One character that is none of these; `=>` is `=` and `>`, but `...` is [`SPREAD`].
    Mark(char),
}

/// What `...` is as a token.
pub(super) const SPREAD: char = '\u{2026}';

/// How much of a literal a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// What stands before, between or behind the `${}` of a template.
    Piece,
}

impl Token<'_> {
    /// The text of a literal, with its escapes resolved.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Token::Text { raw, .. } => super::literal::cooked(raw),
            _ => None,
        }
    }

    /// The same, of a literal that is constant.
    pub(crate) fn constant(&self) -> Option<String> {
        match self {
            Token::Text {
                part: Part::Whole, ..
            } => self.text(),
            _ => None,
        }
    }

    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self, Token::Word(own) if *own == word)
    }
}

/// The tokens of some code, with where each begins.
pub(crate) fn tokens(code: &str) -> Tokens<'_> {
    Tokens {
        code,
        at: 0,
        open: Vec::new(),
        operand: false,
        last: Last::Start,
    }
}

/// The tokens of some code, front to back.
#[derive(Clone, Debug)]
pub(crate) struct Tokens<'a> {
    code: &'a str,
    at: usize,
    /// What is open, outermost first.
    open: Vec<Open>,
    /// The last token ends an expression, so that a `/` divides it.
    operand: bool,
    last: Last,
}

/// An open parenthesis or brace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// Of `if (` and the like, behind which a statement begins.
    Head,
    Group,
    Block,
    Object,
    /// The `${` of a template.
    Substitution,
}

/// What the last token was, as far as the next one depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Start,
    /// A dot: the next word is a property's name.
    Dot,
    /// `if`, `for`, `while`, `with`.
    Head,
    /// A keyword behind which an expression begins.
    Keyword,
    /// Behind which a block begins: `)`, `=>`, `else`.
    Block,
    Mark(char),
    Other,
}

/// Behind these an expression begins.
const BEFORE_EXPRESSIONS: [&str; 13] = [
    "await",
    "case",
    "delete",
    "extends",
    "in",
    "instanceof",
    "new",
    "of",
    "return",
    "throw",
    "typeof",
    "void",
    "yield",
];

impl Tokens<'_> {
    /// How many parentheses and braces are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (usize, Token<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.skip();
        let at = self.at;
        let rest = self.code.get(at..)?;
        let first = rest.chars().next()?;
        let token = match first {
            '"' | '\'' => self.string(rest, first),
            '`' => {
                self.at += 1;
                self.template()
            }
            '}' if self.open.last() == Some(&Open::Substitution) => {
                self.open.pop();
                self.at += 1;
                self.template()
            }
            '/' if !self.operand => self.pattern(rest),
            first if is_name(first) => self.word(rest),
            first => self.mark(first),
        };
        Some((at, token))
    }
}

impl<'a> Tokens<'a> {
    /// White space and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.code.get(self.at..).unwrap_or_default();
            let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            let length = rest.len() - trimmed.len();
            let comment = if trimmed.starts_with("//")
                || (self.at + length == 0 && trimmed.starts_with("#!"))
            {
                trimmed
                    .find(['\n', '\r', '\u{2028}', '\u{2029}'])
                    .unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                trimmed
                    .get(2..)
                    .and_then(|inner| inner.find("*/"))
                    .map_or(trimmed.len(), |end| end + 4)
            } else {
                self.at += length;
                return;
            };
            self.at += length + comment;
        }
    }

    fn ends(&mut self, token: Token<'a>) -> Token<'a> {
        self.operand = true;
        self.last = Last::Other;
        token
    }

    fn string(&mut self, rest: &'a str, quote: char) -> Token<'a> {
        let mut escaped = false;
        let end = rest.bytes().skip(1).position(|byte| {
            if std::mem::take(&mut escaped) {
                return false;
            }
            escaped = byte == b'\\';
            char::from(byte) == quote || byte == b'\n'
        });
        match end {
            Some(length) if rest.as_bytes().get(length + 1) != Some(&b'\n') => {
                self.at += length + 2;
                let raw = rest.get(1..=length).unwrap_or_default();
                self.ends(Token::Text {
                    raw,
                    part: Part::Whole,
                })
            }
            // It ends nowhere, so it is none.
            _ => self.mark(quote),
        }
    }

    /// A template from behind its opening quote, or behind a `}`.
    fn template(&mut self) -> Token<'a> {
        let begins = self
            .at
            .checked_sub(1)
            .and_then(|at| self.code.as_bytes().get(at))
            == Some(&b'`');
        let rest = self.code.get(self.at..).unwrap_or_default();
        let (mut escaped, mut dollar) = (false, false);
        let end = rest.bytes().position(|byte| {
            let is_end = match byte {
                _ if escaped => false,
                b'`' => true,
                b'{' => dollar,
                _ => false,
            };
            dollar = byte == b'$' && !escaped;
            escaped = byte == b'\\' && !escaped;
            is_end
        });
        let end = end.unwrap_or(rest.len());
        let substitutes = rest.as_bytes().get(end) == Some(&b'{');
        self.at += rest.len().min(end + 1);
        let raw = rest
            .get(..end - usize::from(substitutes))
            .unwrap_or_default();
        if substitutes {
            self.open.push(Open::Substitution);
            self.operand = false;
            self.last = Last::Mark('{');
            return Token::Text {
                raw,
                part: Part::Piece,
            };
        }
        let part = if begins { Part::Whole } else { Part::Piece };
        self.ends(Token::Text { raw, part })
    }

    fn pattern(&mut self, rest: &'a str) -> Token<'a> {
        let (mut escaped, mut class) = (false, false);
        let end = rest.bytes().skip(1).position(|byte| {
            if std::mem::take(&mut escaped) {
                return false;
            }
            match byte {
                b'\\' => escaped = true,
                b'[' => class = true,
                b']' => class = false,
                b'\n' => return true,
                b'/' => return !class,
                _ => {}
            }
            false
        });
        match end {
            Some(length) if rest.as_bytes().get(length + 1) == Some(&b'/') => {
                let after = rest.get(length + 2..).unwrap_or_default();
                let flags = after.find(|c| !is_name(c)).unwrap_or(after.len());
                self.at += length + 2 + flags;
                self.ends(Token::Pattern)
            }
            // It ends nowhere, so the `/` divides.
            _ => self.mark('/'),
        }
    }

    fn word(&mut self, rest: &'a str) -> Token<'a> {
        let mut length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        // `1.5` is one, `1..toFixed()` and `a.b` are not.
        if rest.starts_with(|c: char| c.is_ascii_digit())
            && let Some(fraction) = rest.get(length..).and_then(|rest| rest.strip_prefix('.'))
        {
            length += 1 + fraction.find(|c| !is_name(c)).unwrap_or(fraction.len());
        }
        self.at += length;
        let word = rest.get(..length).unwrap_or_default();
        let is_property = self.last == Last::Dot;
        self.operand = true;
        self.last = match word {
            _ if is_property => Last::Other,
            "if" | "for" | "while" | "with" => Last::Head,
            "do" | "else" | "finally" | "try" => Last::Block,
            _ if BEFORE_EXPRESSIONS.contains(&word) => Last::Keyword,
            _ => Last::Other,
        };
        if matches!(self.last, Last::Block | Last::Keyword) {
            self.operand = false;
        }
        Token::Word(word)
    }

    fn mark(&mut self, mark: char) -> Token<'a> {
        let is_spread = self
            .code
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with("..."));
        let mark = if is_spread { SPREAD } else { mark };
        // Either is three bytes.
        self.at += mark.len_utf8();
        let before = self.last;
        self.last = Last::Mark(mark);
        match mark {
            '(' => {
                self.open.push(if before == Last::Head {
                    Open::Head
                } else {
                    Open::Group
                });
                self.operand = false;
            }
            '{' => {
                let is_object = match before {
                    Last::Keyword => true,
                    Last::Mark(mark) => "(,=:[!&|?+-*%~^<".contains(mark),
                    _ => false,
                };
                self.open
                    .push(if is_object { Open::Object } else { Open::Block });
                self.operand = false;
            }
            ')' => {
                self.operand = self.close(&[Open::Head, Open::Group]) != Some(Open::Head);
                self.last = Last::Block;
            }
            '}' => self.operand = self.close(&[Open::Block, Open::Object]) == Some(Open::Object),
            ']' => self.operand = true,
            '.' => self.last = Last::Dot,
            '>' if before == Last::Mark('=') => {
                self.operand = false;
                self.last = Last::Block;
            }
            // `a++ / b`
            '+' | '-' if before == Last::Mark(mark) => self.operand = true,
            _ => self.operand = false,
        }
        Token::Mark(mark)
    }

    /// Closes what is open, if it is one of these.
    fn close(&mut self, kinds: &[Open]) -> Option<Open> {
        self.open.pop_if(|open| kinds.contains(open))
    }
}

/// Of names, keywords and numbers; `\` begins an escape in a name.
fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '\\' | '\u{200c}' | '\u{200d}')
}
