//! Calls that stand in code word for word, and that a guarded page does something about.

use super::tokens::{Part, Token, Tokens, tokens};

/// A call that is in code word for word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Call {
    /// `customElements.define("name", ...)`
    DefineElement(String),
    /// `trustedTypes.createPolicy("name", ...)`, whatever the factory is called: bundles give it a
    /// short name.
    CreatePolicy(String),
    /// `Function(...)`, with `new` or without, of text that is put together at run time.
    NewFunction,
    /// `serviceWorker.register(...)`
    RegisterWorker,
    /// `new Worker(...)`, `new SharedWorker(...)`
    StartWorker,
    /// `createElement("style")`, and a text that is put together at run time for it.
    AddStyle,
}

/// The calls in some code; each as often as it stands there.
pub(crate) fn calls(code: &str) -> Vec<Call> {
    let mut found = Vec::new();
    let mut rest = tokens(code);
    let mut last = Token::Mark(';');
    // So many tokens ago the code took style sheets without elements.
    let mut adopted = usize::MAX;
    while let Some((_, token)) = rest.next() {
        let before = std::mem::replace(&mut last, token);
        adopted = adopted.saturating_add(1);
        let Token::Word(word) = token else { continue };
        if word == "adoptedStyleSheets" {
            adopted = 0;
        }
        let call = match word {
            "customElements" => method(rest.clone(), "define").and_then(named(Call::DefineElement)),
            "createPolicy" => arguments(rest.clone()).and_then(named(Call::CreatePolicy)),
            "serviceWorker" => method(rest.clone(), "register").map(|_| Call::RegisterWorker),
            "Worker" | "SharedWorker" if before.is("new") => {
                arguments(rest.clone()).map(|_| Call::StartWorker)
            }
            // What comes right behind is for browsers older than those that check modules.
            "createElement" if adopted > 60 => arguments(rest.clone()).and_then(adds_style),
            "Function" if before != Token::Mark('.') => makes_code(rest.clone()),
            _ => None,
        };
        found.extend(call);
    }
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

/// A call by its first argument.
fn named(call: fn(String) -> Call) -> impl Fn(Tokens<'_>) -> Option<Call> {
    move |mut arguments| {
        let (_, first) = arguments.next()?;
        first.constant().map(call)
    }
}

/// What follows `createElement(`: `"style"`, and in the same block, soon, `style.textContent = text` or
/// the like with a text that is none of the code's own, or with spaces that are replaced later. Libraries that go
/// on with an empty element and `insertRule` need nobody's leave.
fn adds_style(mut rest: Tokens<'_>) -> Option<Call> {
    let (_, element) = rest.next()?;
    if !element.constant()?.eq_ignore_ascii_case("style") {
        return None;
    }
    let mut depth = rest.depth();
    for _ in 0..60 {
        let (_, token) = rest.next()?;
        if rest.depth() < depth {
            if token == Token::Mark('}') {
                return None;
            }
            depth = rest.depth();
        }
        let mut text = rest.clone();
        let is_set = match token {
            Token::Word("textContent" | "innerText" | "innerHTML" | "cssText") => {
                matches!(text.next()?.1, Token::Mark('=' | ':'))
            }
            Token::Word("createTextNode") => text.next()?.1 == Token::Mark('('),
            _ => false,
        };
        if is_set {
            let (_, text) = text.next()?;
            let constant = text.constant();
            let is_filled = constant
                .as_ref()
                .is_some_and(|text| !text.is_empty() && text.trim_ascii().is_empty());
            let is_own = constant.is_some() && !is_filled || text == Token::Mark('=');
            return (!is_own).then_some(Call::AddStyle);
        }
    }
    None
}

/// What follows `Function`: `(a, b)` with an argument that is not a constant. `new Function("")`
/// asks whether it may, and `new Function("" + x)` is how `setImmediate` is made up where it is
/// missing: no browser that knows modules gets there.
fn makes_code(rest: Tokens<'_>) -> Option<Call> {
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
    let is_constant = arguments.iter().all(|token| match token {
        Token::Text { part, .. } => *part == Part::Whole,
        token => matches!(token, Token::Mark(',' | ')' | '+')),
    });
    let is_stringified = matches!(
        &arguments[..],
        [
            Token::Text { raw: "", .. },
            Token::Mark('+'),
            Token::Word(_),
            Token::Mark(')')
        ]
    );
    (!is_constant && !is_stringified).then_some(Call::NewFunction)
}
