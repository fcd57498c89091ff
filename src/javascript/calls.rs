//! Calls that stand in code word for word, and that a guarded page does something about.

use std::collections::BTreeMap;

use super::joined::whole;
use super::tokens::{Part, Token, Tokens, tokens};

/// Code in a text that is shorter than this asks what a browser can do.
const FEATURE_TEST: usize = 64;

/// A call that is in code word for word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Call {
    /// `customElements.define("name", ...)`, whatever the registry is called: bundles give it a short
    /// name.
    DefineElement(String),
    /// `trustedTypes.createPolicy("name", ...)`, whatever the factory is called: bundles give it a
    /// short name. The name may be in a variable.
    CreatePolicy(String),
    /// `Function(...)`, with `new` or without, of text that is put together at run time.
    NewFunction,
    /// `eval(...)` of text that is put together at run time, or of more than a feature test.
    Eval,
    /// `serviceWorker.register(...)`
    RegisterWorker,
    /// `new Worker(...)`, `new SharedWorker(...)`, `audioWorklet.addModule(...)`
    StartWorker,
    /// `createElement("style")`, or JSX of it, and a text that is put together at run time for it.
    AddStyle,
}

/// The calls in some code; each as often as it stands there.
pub(crate) fn calls(code: &str) -> Vec<Call> {
    let mut found = Vec::new();
    let mut rest = tokens(code);
    let (mut last, mut last_but_one) = (Token::Mark(';'), Token::Mark(';'));
    let names_policies = code.contains("createPolicy");
    let mut texts = BTreeMap::new();
    // So many tokens ago the code took style sheets without elements.
    let mut adopted = usize::MAX;
    let (mut prepares_style, mut inserts_rules) = (false, false);
    while let Some((_, token)) = rest.next() {
        let before = std::mem::replace(&mut last, token);
        let before_that = std::mem::replace(&mut last_but_one, before);
        adopted = adopted.saturating_add(1);
        if token == Token::Mark('(') {
            prepares_style |= renders_style(rest.clone()).unwrap_or_default();
        }
        if let (true, Token::Word(name), Token::Mark('='), Token::Text { .. }) =
            (names_policies, before_that, before, token)
        {
            texts.insert(name, token);
        }
        let word = match token {
            Token::Word(word) => word,
            Token::Text { raw: "define", .. } if before == Token::Mark('[') => "define",
            _ => continue,
        };
        match word {
            "adoptedStyleSheets" => adopted = 0,
            "insertRule" => inserts_rules = true,
            _ => {}
        }
        let call = match word {
            "define" if matches!(before, Token::Mark('.' | '[')) => defines(rest.clone()),
            "createPolicy" => arguments(rest.clone()).and_then(|mut arguments| {
                let (_, first) = arguments.next()?;
                // DOMPurify has its name in a variable, with a suffix that is hardly ever there.
                let named = match first {
                    Token::Word(name) => texts.get(name),
                    _ => None,
                };
                named.unwrap_or(&first).constant().map(Call::CreatePolicy)
            }),
            "serviceWorker" => method(rest.clone(), "register").map(|_| Call::RegisterWorker),
            "audioWorklet" | "paintWorklet" => {
                method(rest.clone(), "addModule").map(|_| Call::StartWorker)
            }
            "Worker" | "SharedWorker" if before.is("new") => {
                arguments(rest.clone()).map(|_| Call::StartWorker)
            }
            // What comes right behind is for browsers older than those that check modules.
            "createElement" if adopted > 60 => {
                match arguments(rest.clone()).and_then(makes_style) {
                    Some(Style::Filled) => Some(Call::AddStyle),
                    Some(Style::Prepared) => {
                        prepares_style = true;
                        None
                    }
                    None => None,
                }
            }
            "Function" if before != Token::Mark('.') => {
                makes_code(rest.clone()).then_some(Call::NewFunction)
            }
            "eval" if before != Token::Mark('.') && !before.is("function") => {
                evaluates(rest.clone()).then_some(Call::Eval)
            }
            _ => None,
        };
        found.extend(call);
    }
    // Where nothing inserts rules an element gets a text, wherever that is done; where something does, what is
    // rendered is for a server.
    found.extend((prepares_style && !inserts_rules).then_some(Call::AddStyle));
    found
}

/// The arguments, where `.name(` or `?.name(` follows.
fn method<'a>(mut rest: Tokens<'a>, name: &str) -> Option<Tokens<'a>> {
    let mut next = || rest.next().map(|(_, token)| token);
    let mut token = next()?;
    if token == Token::Mark('?') {
        token = next()?;
    }
    if token != Token::Mark('.') || !next()?.is(name) {
        return None;
    }
    arguments(rest)
}

/// The arguments, where they follow.
fn arguments(mut rest: Tokens<'_>) -> Option<Tokens<'_>> {
    (rest.next()?.1 == Token::Mark('(')).then_some(rest)
}

/// What becomes of a style element that code makes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// It gets a text that is none of the code's own, or spaces that are replaced later.
    Filled,
    /// It gets attributes, and its text or its rules elsewhere.
    Prepared,
}

/// What follows `createElement(`: `"style"`, and in the same block, soon, `style.textContent = text` or
/// the like.
fn makes_style(mut rest: Tokens<'_>) -> Option<Style> {
    let (_, element) = rest.next()?;
    if !element.constant()?.eq_ignore_ascii_case("style") {
        return None;
    }
    let mut depth = rest.depth();
    let mut prepared = None;
    for _ in 0..60 {
        let Some((_, token)) = rest.next() else { break };
        if rest.depth() < depth {
            if token == Token::Mark('}') {
                break;
            }
            depth = rest.depth();
        }
        let mut next = rest.clone();
        let mut follows = || next.next().map(|(_, token)| token);
        let is_set = match token {
            Token::Word("textContent" | "innerText" | "innerHTML" | "cssText") => {
                matches!(follows(), Some(Token::Mark('=' | ':')))
            }
            Token::Word("createTextNode") => follows() == Some(Token::Mark('(')),
            Token::Word("setAttribute") => {
                if follows() == Some(Token::Mark('(')) {
                    prepared = Some(Style::Prepared);
                }
                false
            }
            Token::Word("type") => {
                let is_given = matches!(follows(), Some(Token::Mark('=' | ':')));
                let value = follows().and_then(|token| token.constant());
                if is_given && value.is_some_and(|value| value == "text/css") {
                    prepared = Some(Style::Prepared);
                }
                false
            }
            _ => false,
        };
        if is_set {
            let text = follows()?;
            let constant = text.constant();
            let is_filled = constant
                .as_ref()
                .is_some_and(|text| !text.is_empty() && text.trim_ascii().is_empty());
            let is_own = constant.is_some() && !is_filled || text == Token::Mark('=');
            return (!is_own).then_some(Style::Filled);
        }
    }
    prepared
}

/// Whether a style element gets a text by what follows `(`, in JSX as it is compiled: `"style", {children: text})`, or with the same as
/// `dangerouslySetInnerHTML`.
fn renders_style(mut rest: Tokens<'_>) -> Option<bool> {
    let (_, element) = rest.next()?;
    let is_style = matches!(
        element,
        Token::Text {
            raw: "style",
            part: Part::Whole
        }
    );
    if !is_style || rest.next()?.1 != Token::Mark(',') || rest.next()?.1 != Token::Mark('{') {
        return Some(false);
    }
    let depth = rest.depth();
    for _ in 0..60 {
        let (_, token) = rest.next()?;
        if rest.depth() < depth {
            return Some(false);
        }
        let text = match token {
            Token::Word("children" | "__html") if rest.next()?.1 == Token::Mark(':') => {
                Some(rest.next())
            }
            _ => None,
        };
        if let Some(text) = text {
            let (_, text) = text?;
            let ends = matches!(rest.next()?.1, Token::Mark(',' | '}'));
            return Some(text.constant().is_none() || !ends);
        }
    }
    Some(false)
}

/// What follows `define`: `("name", X)`, `?.("name", X)`, `)("name", X)` or `.call(registry, "name", X)`. What a
/// module loader defines has a list where an element has its class.
fn defines(mut rest: Tokens<'_>) -> Option<Call> {
    let mut next = || rest.next().map(|(_, token)| token);
    let mut token = next()?;
    let mut is_called = false;
    while matches!(token, Token::Mark(']' | ')' | '?' | '.')) || token.is("call") {
        is_called |= token.is("call");
        token = next()?;
    }
    if token != Token::Mark('(') {
        return None;
    }
    token = next()?;
    if is_called {
        // Only names and dots are in front of the comma.
        while matches!(token, Token::Word(_) | Token::Mark('.')) {
            token = next()?;
        }
        token = next()?;
    }
    token.text()?;
    let (name, after) = whole(token, &mut rest);
    let is_list = rest.next()?.1 == Token::Mark('[');
    let is_element = after == Some(Token::Mark(',')) && !is_list;
    name.filter(|_| is_element).map(Call::DefineElement)
}

/// The tokens in a call's parentheses, the closing one among them, where it is not too long.
fn in_parentheses(rest: Tokens<'_>) -> Option<(Vec<Token<'_>>, Tokens<'_>)> {
    let mut rest = arguments(rest)?;
    let depth = rest.depth();
    let mut arguments: Vec<Token<'_>> = Vec::new();
    while rest.depth() >= depth {
        let (_, token) = rest.next()?;
        arguments.push(token);
        if arguments.len() > 200 {
            break;
        }
    }
    Some((arguments, rest))
}

/// Whether it is text that stands there as it is.
fn is_constant(arguments: &[Token<'_>]) -> bool {
    arguments.iter().all(|token| match token {
        Token::Text { part, .. } => *part == Part::Whole,
        token => matches!(token, Token::Mark(',' | ')' | '+')),
    })
}

/// What follows `Function`: `(a, b)` with an argument that is not a constant. `new Function("")`
/// asks whether it may, and `new Function("" + x)` is how `setImmediate` is made up where it is
/// missing: no browser that knows modules gets there.
fn makes_code(rest: Tokens<'_>) -> bool {
    let Some((arguments, _)) = in_parentheses(rest) else {
        return false;
    };
    let is_stringified = matches!(
        &arguments[..],
        [
            Token::Text { raw: "", .. },
            Token::Mark('+'),
            Token::Word(_),
            Token::Mark(')')
        ]
    );
    !is_constant(&arguments) && !is_stringified
}

/// What follows `eval`: `(text)`, or `)(text)` as in `(0, eval)(text)`. `eval("require")` and
/// `eval("quire".replace(/^/, "re"))` ask for a module of Node.js in a way that bundlers don't see.
fn evaluates(mut rest: Tokens<'_>) -> bool {
    let mut ahead = rest.clone();
    if ahead.next().map(|(_, token)| token) == Some(Token::Mark(')')) {
        rest = ahead;
    }
    let Some((arguments, mut rest)) = in_parentheses(rest) else {
        return false;
    };
    let is_test = match &arguments[..] {
        [Token::Mark(')')] => true,
        [
            Token::Text { raw, .. },
            Token::Mark('.'),
            Token::Word("replace"),
            ..,
        ] => raw.len() < FEATURE_TEST,
        all => {
            let length: usize = all
                .iter()
                .map(|token| match token {
                    Token::Text { raw, .. } => raw.len(),
                    _ => 0,
                })
                .sum();
            is_constant(all) && length < FEATURE_TEST
        }
    };
    // `eval(text) {` is a method of that name.
    let is_method = rest.next().map(|(_, token)| token) == Some(Token::Mark('{'));
    !is_test && !is_method
}
