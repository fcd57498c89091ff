//! `Permissions-Policy`: the camera, and everything else.

use crate::audit::code::codes;
use crate::audit::control::{microsoft, owasp};
use crate::audit::finding::shown;
use crate::audit::input::{Input, sent};
use crate::audit::sink::Sink;
use crate::audit::{Code, Profile, Subject};
use crate::header::{Feature, FeatureKind, PermissionsPolicy};
use crate::url::Origin;

codes! {
    CAMERA_DENIED = "camera-denied", High,
        "the page may not use the camera, so no check can run",
        "write camera=(self) in Permissions-Policy of this page, and send no Feature-Policy",
        [microsoft("headers")];
    CAMERA_ANY = "camera-any", Medium,
        "frames of every site may be given the camera",
        "write camera=(self), and name the one site that needs it",
        [microsoft("headers")];
    CAMERA_ELSEWHERE = "camera-elsewhere", Low,
        "a page without the check may use the camera",
        "write camera=() in Permissions-Policy of every other page",
        [microsoft("headers"), owasp("Permissions-Policy")];
    PERMISSIONS_MISSING = "permissions-missing", Low,
        "no Permissions-Policy",
        "send Permissions-Policy with camera=(self) on the liveness page, camera=() elsewhere, and deny the rest",
        [microsoft("headers"), owasp("Permissions-Policy")];
    PERMISSIONS_DROPPED = "permissions-dropped", Medium,
        "browsers drop the whole Permissions-Policy",
        "write it as in `camera=(self), microphone=()`: commas between features, origins in double quotes",
        [microsoft("headers"), owasp("Permissions-Policy")];
    PERMISSIONS_IGNORED = "permissions-ignored", Note,
        "browsers skip a part of Permissions-Policy",
        "correct it, or remove it",
        [];
    PERMISSIONS_PARTIAL = "permissions-partial", Note,
        "Permissions-Policy leaves capabilities as they are",
        "deny by name what the page doesn't use",
        [owasp("Permissions-Policy")];
}

const FEATURE_POLICY: &str = "feature-policy";

/// How many features a finding names.
const NAMED: usize = 6;

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    if !input.profile().is_page() {
        return;
    }
    feature_policy(input, sink);
    let subject = || Subject::header(PermissionsPolicy::NAME);
    let Some(value) = sent(input.response, PermissionsPolicy::NAME) else {
        sink.find(Code::PERMISSIONS_MISSING, subject(), "not sent");
        return;
    };
    let policy = PermissionsPolicy::effective(input.response.values(PermissionsPolicy::NAME));
    if let Some(error) = policy.syntax_error() {
        sink.find(
            Code::PERMISSIONS_DROPPED,
            subject(),
            format!("`{value}`: {error}"),
        );
        return;
    }
    for ignored in policy.ignored() {
        let found = format!("`{}`", shown(ignored));
        sink.find(Code::PERMISSIONS_IGNORED, subject(), found);
    }
    let is_liveness = input.profile() == Profile::Liveness;
    match policy.allowlist(Feature::Camera) {
        Some(camera) if camera.allows_everyone() => {
            sink.find(Code::CAMERA_ANY, subject(), "`camera=*`");
        }
        // For others alone: the page itself has none.
        Some(camera)
            if is_liveness && !camera.allows_self() && !camera.names(input.response.origin()) =>
        {
            let found = "the camera's allowlist doesn't hold `self`";
            sink.find(Code::CAMERA_DENIED, subject(), found);
        }
        Some(camera) if !is_liveness && !camera.is_denied() => {
            let found = "the camera's allowlist is not empty";
            sink.find(Code::CAMERA_ELSEWHERE, subject(), found);
        }
        None if !is_liveness => {
            let found = "nothing about the camera, which the page itself may then use";
            sink.find(Code::CAMERA_ELSEWHERE, subject(), found);
        }
        _ => {}
    }
    let silent: Vec<&str> = Feature::ALL
        .iter()
        .filter(|feature| feature.kind() == FeatureKind::Capability)
        .filter(|feature| policy.allowlist(**feature).is_none())
        .map(|feature| feature.as_str())
        .collect();
    if !silent.is_empty() {
        let named = silent.iter().take(NAMED).copied().collect::<Vec<_>>();
        let more = silent.len() - named.len();
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let found = format!("{}{more}", named.join(", "));
        sink.find(Code::PERMISSIONS_PARTIAL, subject(), found);
    }
}

/// The header of before, which Chromium still obeys for what `Permissions-Policy` is silent on
/// (measured in 156).
fn feature_policy(input: &Input<'_>, sink: &mut Sink) {
    let policy = PermissionsPolicy::effective(input.response.values(PermissionsPolicy::NAME));
    if policy.syntax_error().is_none() && policy.allowlist(Feature::Camera).is_some() {
        return;
    }
    let values = input.response.values(FEATURE_POLICY);
    let values: Vec<_> = values.map(String::from_utf8_lossy).collect();
    let directives = values.iter().flat_map(|value| value.split([',', ';']));
    // The first word of a feature counts.
    let camera = directives
        .map(str::split_ascii_whitespace)
        .find_map(|mut words| {
            let name = words.next()?;
            (name == Feature::Camera.as_str()).then(|| words.collect::<Vec<_>>())
        });
    let Some(list) = camera else {
        return;
    };
    let origin = input.response.origin();
    let is_own = |word: &&str| {
        word.eq_ignore_ascii_case("'self'")
            || word.parse::<Origin>().is_ok_and(|named| named == *origin)
    };
    let found = || shown(&format!("`camera {}`", list.join(" ")));
    let subject = || Subject::header(FEATURE_POLICY);
    if list.contains(&"*") {
        sink.find(Code::CAMERA_ANY, subject(), found());
    } else if input.profile() == Profile::Liveness && !list.is_empty() && !list.iter().any(is_own) {
        sink.find(Code::CAMERA_DENIED, subject(), found());
    }
}
