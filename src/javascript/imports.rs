//! What a script imports.

use super::tokens::{Token, Tokens, tokens};

/// A module that a script names word for word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    /// As `import` gets it.
    pub(crate) specifier: String,
    pub(crate) loading: Loading,
}

/// When a module is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loading {
    /// With the script that names it, by `import ... from` or `export ... from`: without it, that
    /// script doesn't run.
    Ahead,
    /// By `import()`, when and if that is called.
    Late,
}

/// The modules that some code names, in the order in which it does; a name that is made at run time is
/// not among them.
pub(crate) fn imports(code: &str) -> Vec<Import> {
    // Most scripts import nothing, and this takes a tenth of the time.
    if !code.contains("import") && !code.contains("export") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut rest = tokens(code);
    let mut is_property = false;
    loop {
        let depth = rest.depth();
        let Some((_, token)) = rest.next() else {
            return found;
        };
        let import = match token {
            _ if is_property => None,
            Token::Word("import") => {
                late(rest.clone()).or_else(|| ahead(depth, rest.clone(), true))
            }
            Token::Word("export") => ahead(depth, rest.clone(), false),
            _ => None,
        };
        found.extend(import);
        is_property = token == Token::Mark('.');
    }
}

/// What follows `import` in `import("./name.js")`, and in `import.defer("./name.js")` or
/// `import.source("./name.wasm")`.
fn late(mut rest: Tokens<'_>) -> Option<Import> {
    let mut next = || rest.next().map(|(_, token)| token);
    let mut token = next()?;
    if token == Token::Mark('.') {
        let phase = next()?;
        if !phase.is("defer") && !phase.is("source") {
            return None;
        }
        token = next()?;
    }
    if token != Token::Mark('(') {
        return None;
    }
    let specifier = next()?.constant()?;
    matches!(next()?, Token::Mark(')' | ',')).then_some(Import {
        specifier,
        loading: Loading::Late,
    })
}

/// What follows `import` or `export` in a statement that names a module.
fn ahead(depth: usize, mut rest: Tokens<'_>, is_import: bool) -> Option<Import> {
    // Only at the top of a module.
    if depth > 0 {
        return None;
    }
    let found = |specifier| Import {
        specifier,
        loading: Loading::Ahead,
    };
    let (_, first) = rest.next()?;
    match first {
        // `import "./name.js"`
        Token::Text { .. } if is_import => return first.constant().map(found),
        Token::Mark('{' | '*') => {}
        Token::Word(_) if is_import => {}
        _ => return None,
    }
    // `{ a as b, "c d" as e } from "./name.js"`: names, commas and braces up to the `from`.
    let mut before = first;
    loop {
        let (_, token) = rest.next()?;
        match token {
            // The next statement, unless it is a name in the braces.
            Token::Word("import" | "export") if rest.depth() == 0 => return None,
            Token::Text { .. } if before.is("from") => return token.constant().map(found),
            Token::Word(_) | Token::Text { .. } | Token::Mark('{' | '}' | ',' | '*') => {
                before = token;
            }
            _ => return None,
        }
    }
}
