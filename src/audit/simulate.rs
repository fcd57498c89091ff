//! What would a policy block on a page?

use std::fmt;

use http::header::ACCESS_CONTROL_ALLOW_ORIGIN;

use super::input::Input;
use super::loads::{self, What};
use super::{Context, Response, Subject};
use crate::csp::{
    DirectiveName, EffectiveDirective, EffectivePolicy, Keyword, PolicyList, SandboxToken,
    SourceExpression,
};
use crate::html::is_code;
use crate::sri::{Algorithm, Digest, Integrity};
use crate::url::Url;

/// One thing on a page that a policy blocks, and the smallest change that would allow it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blocked {
    /// Where in the page.
    pub subject: Subject,
    /// What: a URL, or the beginning of an inline text.
    pub resource: String,
    /// Which policy of the list, counted from 1.
    pub policy: usize,
    /// The effective directive, as a violation report names it: `script-src-elem`.
    pub directive: DirectiveName,
    /// What to write, or `None` if no source expression helps.
    pub change: Option<Change>,
}

/// A directive as it has to be in the policy, in place of the existing one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Its name.
    pub directive: DirectiveName,
    /// What is added.
    pub added: String,
    /// All of its value.
    pub value: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.directive, self.value)
    }
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            subject,
            resource,
            policy,
            directive,
            change,
        } = self;
        write!(
            f,
            "{subject}: {directive} of policy {policy} blocks {resource}; "
        )?;
        match change {
            Some(change) => write!(f, "add {} to {}", change.added, change.directive),
            None => f.write_str("no source expression allows it: move it into a script file"),
        }
    }
}

/// What a list of policies would block on a page: of its elements, its inline texts, and of what
/// the SDK on it loads.
///
/// The policies may differ from those that came with the page: for example those of a planned roll-out. They are
/// read as [`PolicyList`] reads them. What scripts load at run time isn't seen, except for the SDK;
/// nor are URLs inside style sheets and in `srcset`.
///
/// ```
/// use tower_visor::audit::{Context, Profile, Response, simulate};
/// use tower_visor::csp::PolicyList;
///
/// let (parts, ()) = http::Response::builder()
///     .header("content-type", "text/html")
///     .body(())
///     .unwrap()
///     .into_parts();
/// let html = "<!doctype html><img src=/logo.png>";
/// let page = Response::new("https://example.com/", parts, Some(html.into()))?;
///
/// let policies = PolicyList::effective(["default-src 'none'"]);
/// let blocked = simulate(&page, &policies, &Context::new(Profile::Document));
/// assert_eq!(
///     blocked[0].to_string(),
///     "<img> at 1:16: img-src of policy 1 blocks https://example.com/logo.png; \
///      add https://example.com/logo.png to img-src",
/// );
/// # Ok::<(), tower_visor::audit::AuditError>(())
/// ```
pub fn simulate(page: &Response, policies: &PolicyList, context: &Context<'_>) -> Vec<Blocked> {
    let input = Input::new(page, context);
    let loads = loads::all(&input, policies);
    let origin = page.origin();
    let mut blocked = Vec::new();
    for (index, policy) in policies.policies().iter().enumerate() {
        let sources = policy.without_sandbox();
        for load in &loads {
            let mut push = |directive, change| {
                blocked.push(Blocked {
                    subject: load.subject.clone(),
                    resource: load.what.shown(),
                    policy: index + 1,
                    directive,
                    change,
                });
            };
            let sandbox = load.what.kept_by_sandbox(policy);
            if let Some(token) = sandbox.filter(|token| !is_open(&input, &load.what, *token)) {
                push(DirectiveName::Sandbox, Some(opened(policy, token)));
            }
            if !load.what.is_allowed(&sources, origin) {
                push(load.what.directive(), change(&load.what, &sources));
            }
        }
    }
    blocked
}

/// Whether a page in an origin of its own may read it all the same: its server says so to
/// everybody.
fn is_open(input: &Input<'_>, what: &What, token: SandboxToken) -> bool {
    let resource = what.content().and_then(|url| input.resource(url));
    token == SandboxToken::AllowSameOrigin
        && resource.is_some_and(|resource| {
            let mut values = resource.values(ACCESS_CONTROL_ALLOW_ORIGIN);
            matches!((values.next(), values.next()), (Some(b"*" | b"null"), None))
        })
}

/// The sandbox with this token more.
fn opened(policy: &EffectivePolicy, token: SandboxToken) -> Change {
    let directive = policy.directive(DirectiveName::Sandbox).into_iter();
    let tokens = directive.flat_map(EffectiveDirective::tokens);
    let tokens: Vec<&str> = tokens.map(String::as_str).chain([token.as_str()]).collect();
    Change {
        directive: DirectiveName::Sandbox,
        added: token.as_str().to_owned(),
        value: tokens.join(" "),
    }
}

/// The least that lets it pass.
fn change(what: &What, policy: &EffectivePolicy) -> Option<Change> {
    let effective = what.directive();
    let governing = policy.governing(effective)?;
    let is_dynamic = governing
        .sources()
        .contains(&SourceExpression::Keyword(Keyword::StrictDynamic));
    let hashes = |digests: Vec<Digest>| {
        let quoted: Vec<String> = digests.iter().map(|d| format!("'{d}'")).collect();
        (!quoted.is_empty()).then(|| quoted.join(" "))
    };
    let added = match what {
        What::Script { url, integrity, .. } => {
            let stated = Integrity::effective(integrity).digests().copied().collect();
            // A hash admits a script by its integrity only; one that has none needs its URL.
            match hashes(stated) {
                Some(hashes) => hashes,
                None if is_dynamic => return None,
                None => source(url),
            }
        }
        What::Url(_, url) => source(url),
        What::Inline { text, .. } if is_code(text.as_bytes()) => return None,
        What::Inline { text, .. } => {
            hash_of(effective, Digest::of(Algorithm::Sha256, text.as_bytes()))
        }
        What::Style(_, digest) => hash_of(effective, *digest),
        What::Wasm => Keyword::WasmUnsafeEval.as_str().to_owned(),
        What::Eval => Keyword::UnsafeEval.as_str().to_owned(),
    };
    // A directive that stands in for this one speaks of other things too: leave it alone, and
    // write the one that is missing, with its sources.
    let directive = match (governing.name(), effective) {
        (DirectiveName::DefaultSrc | DirectiveName::ChildSrc, DirectiveName::ScriptSrcElem) => {
            DirectiveName::ScriptSrc
        }
        (DirectiveName::DefaultSrc, DirectiveName::StyleSrcElem) => DirectiveName::StyleSrc,
        (DirectiveName::DefaultSrc | DirectiveName::ChildSrc, effective) => effective,
        (_, DirectiveName::ScriptSrcAttr | DirectiveName::StyleSrcAttr) => effective,
        (governing, _) => governing,
    };
    let mut value: Vec<String> = governing
        .sources()
        .iter()
        .map(ToString::to_string)
        .collect();
    value.extend(added.split(' ').map(str::to_owned));
    Some(Change {
        directive,
        added,
        value: value.join(" "),
    })
}

/// The sources that admit an inline text of this digest.
fn hash_of(effective: DirectiveName, digest: Digest) -> String {
    if let DirectiveName::ScriptSrcAttr | DirectiveName::StyleSrcAttr = effective {
        format!("'unsafe-hashes' '{digest}'")
    } else {
        format!("'{digest}'")
    }
}

/// The source expression of exactly this URL.
fn source(url: &Url) -> String {
    if url.origin().is_none() {
        return format!("{}:", url.scheme());
    }
    // What would end the directive or the policy is percent-encoded in a source; browsers compare
    // decoded paths.
    let text = url.without_query().to_string();
    text.replace(';', "%3B").replace(',', "%2C")
}
