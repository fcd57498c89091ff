//! Whether a policy is one for the files of a page, and the guard that follows from both.

use super::PageFault;
use super::known::{Known, spellings};
use super::rules::{Sdk, StyleAttributes};
use super::warning::{PageWarning, Warned, is_created_again};
use crate::guard::{DynamicCode, Guard};
use crate::pins::Verified;
use crate::policy::{Policy, Resource, leads_to};
use crate::url::path_in_policy;

/// Whether the policy is one for these files.
pub(super) fn check_policy(
    policy: &Policy,
    sdk: Sdk,
    known: &Known<'_>,
    verified: &Verified<'_>,
    faults: &mut Vec<PageFault>,
) {
    let pins = verified.pins();
    // A page without the SDK has nothing to agree about.
    let disagreements = match sdk {
        Sdk::With => policy.disagreements(pins),
        Sdk::Without => Vec::new(),
    };
    faults.extend(
        disagreements
            .into_iter()
            .map(|fault| PageFault::Policy(fault.into())),
    );
    if policy.trusts_nonces() {
        faults.push(PageFault::Nonce);
    }
    let no_language = pins.layout().no_language();
    let files = policy.language_files(pins.layout()).unwrap_or_default();
    // The one of no language is allowed unasked.
    let named = files
        .into_iter()
        .filter(|file| !file.ends_with(&no_language));
    faults.extend(
        named
            .filter(|file| known.digest(file).is_none())
            .map(|path| PageFault::Language { path }),
    );
    for location in policy.named(Resource::Script) {
        let is_known = known.scripts().any(|(path, _)| {
            let path = path_in_policy(path);
            path == location || location.ends_with('/') && path.starts_with(&location)
        });
        if !is_known {
            faults.push(PageFault::UnknownScript { location });
        }
    }
    let workers = policy.named(Resource::Worker).into_iter();
    faults.extend(workers.map(|location| PageFault::Worker { location }));
}

/// Whether each style sheet that the policy allows by its URL, or by that of its folder, is one whose digest the
/// guard knows. What else may come to lie in such a folder has no integrity.
pub(super) fn styles_are_known(policy: &Policy, known: &Known<'_>) -> bool {
    let named = policy.named(Resource::Style);
    !policy.relaxes_styles()
        && named.iter().all(|location| {
            known.sheets().any(|(path, _)| {
                let path = path_in_policy(path);
                path == *location || location.ends_with('/') && path.starts_with(location.as_str())
            })
        })
}

/// The guard of the page.
pub(super) fn guard(policy: &Policy, known: &Known<'_>, verified: &Verified<'_>) -> Guard {
    let pins = verified.pins();
    let folder = format!("{}{}/", pins.base(), pins.layout().assets);
    let mut guard = Guard::new(folder);
    for (path, digest) in known.loaded_by_scripts() {
        for spelling in spellings(path) {
            guard = guard.pin(spelling, digest);
        }
    }
    if let Some(places) = leads_to(policy) {
        guard = guard.leads_to(places);
    }
    if policy.needs_eval() {
        guard = guard.dynamic_code(DynamicCode::EngineGlue);
    }
    match policy.reports_url() {
        Some(url) => guard.reports_to(url),
        None => guard,
    }
}

/// Whether the policy still has to allow what the warning names.
pub(super) fn isnt_allowed(
    policy: &Policy,
    attributes: StyleAttributes,
    warning: &PageWarning,
) -> bool {
    match warning.what() {
        Warned::TrustedTypes { name } => {
            !policy.allows_trusted_types(name)
                || is_created_again(name) && !policy.repeats_trusted_types()
        }
        Warned::Style => !policy.allows_styles(),
        Warned::StyleAttribute => attributes == StyleAttributes::Refused,
        Warned::AnyStyleAttribute => attributes != StyleAttributes::Allowed,
        _ => true,
    }
}
