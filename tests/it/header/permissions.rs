//! `Permissions-Policy`.

use tower_visor::header::{Allowlist, Feature, FeatureKind, PermissionsPolicy};

use super::{messages, round_trips};
use crate::conformance;

#[test]
fn nothing_is_said_twice_and_all_is_sorted() {
    round_trips::<PermissionsPolicy>(&[
        "camera=(self)",
        "camera=(), fullscreen=*, microphone=(self \"https://a.example\" \"https://b.example:8443\")",
        "camera=(\"http://[::1]:8080\")",
    ]);
    let policy: PermissionsPolicy =
        "microphone=(),camera=self ,usb=(\"https://b.example\" self \"https://a.example\")"
            .parse()
            .unwrap();
    assert_eq!(
        policy.to_string(),
        "camera=(self), microphone=(), usb=(self \"https://a.example\" \"https://b.example\")"
    );
    assert_eq!(policy.allowlist(Feature::Usb).cloned(), {
        Some(Allowlist::self_and(["https://a.example", "https://b.example"]).unwrap())
    });
    assert_eq!(policy.allowlist(Feature::Midi), None);
}

#[test]
fn denying_all_denies_every_capability_and_nothing_else() {
    let policy = PermissionsPolicy::deny_all();
    for feature in Feature::ALL {
        let expected = (feature.kind() == FeatureKind::Capability).then_some(&Allowlist::None);
        assert_eq!(policy.allowlist(feature), expected, "{feature}");
    }
    for feature in [
        Feature::Camera,
        Feature::Microphone,
        Feature::Geolocation,
        Feature::DisplayCapture,
        Feature::Payment,
        Feature::Usb,
        Feature::LocalNetworkAccess,
        Feature::PublickeyCredentialsGet,
    ] {
        assert_eq!(policy.allowlist(feature), Some(&Allowlist::None));
    }
    // Denying it would undo the opener and embedder policies in silence.
    assert_eq!(policy.allowlist(Feature::CrossOriginIsolated), None);
    assert!(
        policy.to_string().len() < 1_150,
        "{}",
        policy.to_string().len()
    );

    let page = policy.allow(Feature::Camera, Allowlist::SelfOrigin);
    assert_eq!(
        page.allowlist(Feature::Camera),
        Some(&Allowlist::SelfOrigin)
    );
    let read = PermissionsPolicy::effective([page.to_string()]);
    let camera = read.allowlist(Feature::Camera).unwrap();
    assert!(camera.allows_self() && !camera.allows_everyone() && !camera.is_denied());
    assert!(read.allowlist(Feature::Microphone).unwrap().is_denied());
    assert!(read.ignored().is_empty());
}

#[test]
fn every_fault_has_its_message() {
    messages::<PermissionsPolicy>(&[
        (
            "",
            "permissions-policy: the value is empty; write for example `camera=(self), microphone=()`",
        ),
        (
            "camera 'self'",
            "permissions-policy, byte 7: the syntax of the old Feature-Policy; write `camera=(self)` for `camera 'self'`, `camera=()` for `camera 'none'`",
        ),
        (
            "camera=(); microphone=()",
            "permissions-policy, byte 9: `;` between members; separate them by commas, as in `camera=(self), microphone=()`",
        ),
        (
            "camera=();",
            "permissions-policy, byte 9: `;` between members; separate them by commas, as in `camera=(self), microphone=()`",
        ),
        (
            "camera=();report-to=visor",
            "permissions-policy, byte 0: the parameter `report-to` behind a member; leave it out, and separate members by `, `",
        ),
        (
            "camera=(self),",
            "permissions-policy, byte 13: trailing comma; write for example `camera=(self), microphone=()`",
        ),
        (
            "camera",
            "permissions-policy, byte 0: `?1` is not a member of an allowlist; write `()` to deny, `(self)` to allow it here",
        ),
        (
            "camera=(none)",
            "permissions-policy, byte 8: `none` is not a member of an allowlist; write `()` to deny, `(self)` to allow it here",
        ),
        (
            "camera=(self src)",
            "permissions-policy, byte 13: `src` is not a member of an allowlist; `src` belongs on the <iframe>; write `self`",
        ),
        (
            "camera=(1)",
            "permissions-policy, byte 0: `a number` is not a member of an allowlist; write `self`, `*`, or an origin in quotes: `\"https://a.example\"`",
        ),
        (
            "camera=(self https://a.example)",
            "permissions-policy, byte 13: `https://a.example` is not a member of an allowlist; write `self`, `*`, or an origin in quotes: `\"https://a.example\"`",
        ),
        (
            "camera=(* self)",
            "permissions-policy, byte 8: `*` next to others; write `*` alone, or name the origins without it",
        ),
        (
            "camera=(self self)",
            "permissions-policy, byte 13: `self` appears twice; remove one, once is enough",
        ),
        (
            "camera=(self;x)",
            "permissions-policy, byte 8: the parameter `x`; leave it out, and separate members by `, `",
        ),
        (
            "camra=()",
            "permissions-policy, byte 0: unknown feature `camra`, did you mean `camera`?; use a feature that Chromium 156 knows",
        ),
        (
            "camera=(), battery=()",
            "permissions-policy, byte 11: unknown feature `battery`; use a feature that Chromium 156 knows",
        ),
        (
            "camera=(), camera=(self)",
            "permissions-policy, byte 11: `camera` appears twice; remove one, browsers obey the last one",
        ),
        (
            "Camera=()",
            "permissions-policy, byte 0: expected start of key ('a'-'z' or '*'); write for example `camera=(self), microphone=()`",
        ),
        (
            "camera=(self \u{201c}x\u{201d})",
            "permissions-policy, byte 13: `\\u{201c}` isn't allowed in a header; write printable ASCII only",
        ),
    ]);
}

#[test]
fn what_is_no_origin_is_no_member() {
    messages::<PermissionsPolicy>(&[
        (
            "camera=(\"self\")",
            "permissions-policy, byte 9: `self` is not an origin: it has no scheme; write scheme, host and perhaps port: `https://a.example`",
        ),
        (
            "camera=(\"https://a.example/path\")",
            "permissions-policy, byte 26: `https://a.example/path` is not an origin: an origin has no path; write scheme, host and perhaps port: `https://a.example`",
        ),
        (
            "camera=(\"https://*.example\")",
            "permissions-policy, byte 17: `https://*.example` is not an origin: `*` isn't allowed in a host; write scheme, host and perhaps port: `https://a.example`",
        ),
        (
            "camera=(\"ftp://a.example\")",
            "permissions-policy, byte 9: `ftp://a.example` is not an origin: its scheme is neither `https` nor `http`; write scheme, host and perhaps port: `https://a.example`",
        ),
        (
            "camera=(\"https://a.example:0\")",
            "permissions-policy, byte 27: `https://a.example:0` is not an origin: `0` is not a port; write scheme, host and perhaps port: `https://a.example`",
        ),
        (
            "camera=(\"https://me@a.example\")",
            "permissions-policy, byte 17: `https://...@a.example` is not an origin: a user name or password; write scheme, host and perhaps port: `https://a.example`",
        ),
        (
            "camera=(\"https://A.example\")",
            "permissions-policy, byte 9: `https://A.example` is not an origin: it is not in lower case; write scheme, host and perhaps port: `https://a.example`",
        ),
        (
            "camera=(\"https://\")",
            "permissions-policy, byte 17: `https://` is not an origin: no host after the scheme; write scheme, host and perhaps port: `https://a.example`",
        ),
    ]);
}

#[test]
fn an_allowlist_alone() {
    round_trips::<Allowlist>(&["()", "(self)", "*", "(self \"https://a.example\")"]);
    assert_eq!("self".parse(), Ok(Allowlist::SelfOrigin));
    messages::<Allowlist>(&[
        (
            "",
            "permissions-policy, byte 0: expected start of bare item; write for example `(self)`",
        ),
        (
            "(none)",
            "permissions-policy, byte 1: `none` is not a member of an allowlist; write `()` to deny, `(self)` to allow it here",
        ),
        (
            "(), b=*",
            "permissions-policy, byte 0: more than one allowlist; write for example `(self)`",
        ),
        (
            "(self);x",
            "permissions-policy, byte 0: a parameter behind the allowlist; leave it out",
        ),
    ]);
    assert_eq!(
        Allowlist::origins([""; 0]).unwrap_err().to_string(),
        "permissions-policy, byte 0: no origin is named; name one, or use `Allowlist::None` or `Allowlist::SelfOrigin`"
    );
    assert_eq!(
        Allowlist::self_and(["https://a.example", "https://a.example"])
            .unwrap_err()
            .to_string(),
        "permissions-policy, byte 0: `https://a.example` appears twice; remove one, once is enough"
    );
    // A quote can't break out.
    assert!(Allowlist::origins(["https://a.example\") microphone=*"]).is_err());
}

#[test]
fn what_a_browser_obeys() {
    let camera = |values: &[&str]| {
        let policy = PermissionsPolicy::effective(values);
        policy.allowlist(Feature::Camera).map(|list| {
            (
                list.is_denied(),
                list.allows_self(),
                list.allows_everyone(),
                list.origins().join(" "),
            )
        })
    };
    let none = String::new;
    for (values, expected) in [
        (&["camera=()"][..], Some((true, false, false, none()))),
        (&["camera=self"], Some((false, true, false, none()))),
        (&["camera=*"], Some((false, true, true, none()))),
        (
            &["camera=(self \"https://a.example\")"],
            Some((false, true, false, "https://a.example".to_owned())),
        ),
        // What is not an element of an allowlist is skipped; an empty list denies.
        (&["camera=none"], Some((true, false, false, none()))),
        (&["camera"], Some((true, false, false, none()))),
        (&["camera=(\"self\")"], Some((true, false, false, none()))),
        (&["camera=(self 1)"], Some((false, true, false, none()))),
        // Headers are joined; of two members the last one counts.
        (
            &["camera=*", "camera=(), usb=()"],
            Some((true, false, false, none())),
        ),
        // One fault of syntax, in whichever member, and nothing holds.
        (&["camera=(), microphone 'none'"], None),
        (&["camera=()", ""], None),
        (&["camera 'none'"], None),
        (&["camera=();"], None),
        (&["camera=(); microphone=()"], None),
        (&["microphone=()"], None),
        (&[], None),
    ] {
        assert_eq!(camera(values), expected, "{values:?}");
    }
    let policy = PermissionsPolicy::effective(["camra=(), camera=(self none), battery=()"]);
    assert_eq!(policy.ignored(), ["camra", "camera: none", "battery"]);
    assert_eq!(policy.iter().count(), 1);
    assert_eq!(
        PermissionsPolicy::effective(["camera=(),"])
            .syntax_error()
            .unwrap()
            .to_string(),
        "permissions-policy, byte 9: trailing comma; write for example `camera=(self), microphone=()`"
    );
}

#[test]
fn conformance_chromium_features() {
    let Some(data) = conformance::load("headers-chromium.json") else {
        return;
    };
    let known = data["permissions_policy_features"].as_array().unwrap();
    let ours: Vec<_> = Feature::ALL
        .iter()
        .map(|feature| feature.as_str())
        .collect();
    assert_eq!(known, &ours);
    assert_eq!(ours.len(), 78);
    assert!(ours.is_sorted());
    for name in data["permissions_policy_unrecognised"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        assert!(name.parse::<Feature>().is_err(), "{name}");
    }
}

#[test]
fn conformance_owasp_add() {
    let Some(data) = conformance::load("owasp_headers_add.json") else {
        return;
    };
    let headers = data["headers"].as_array().unwrap();
    let header = |name: &str| {
        let found = headers.iter().find(|header| header["name"] == name);
        found.unwrap()["value"].as_str().unwrap()
    };
    // All that OWASP denies is denied by us, but for what is documented at `deny_all`, and
    // `web-share`, which Chromium does not know everywhere.
    let ours = PermissionsPolicy::deny_all();
    let mut left_out = Vec::new();
    for member in header("Permissions-Policy").split(", ") {
        let (name, _) = member.split_once('=').unwrap();
        let denied = name
            .parse::<Feature>()
            .is_ok_and(|feature| ours.allowlist(feature) == Some(&Allowlist::None));
        if !denied {
            left_out.push(name);
        }
    }
    assert_eq!(
        left_out,
        [
            "cross-origin-isolated",
            "sync-xhr",
            "web-share",
            "interest-cohort",
            "unload"
        ]
    );
}

/// Measured in Chromium 156, by what `getAllowlistForFeature` gives back.
#[test]
fn an_origin_has_a_scheme_and_wildcards_have_their_places() {
    let read = |text: &str| {
        let value = format!("fullscreen=(\"{text}\")");
        let policy = PermissionsPolicy::effective([value]);
        let allowlist = policy.allowlist(Feature::Fullscreen).unwrap().clone();
        (allowlist, policy.ignored().len())
    };
    for named in [
        "https://a.example",
        "https://*.a.example",
        "https://*.a.example:8443",
        "https://*.a.example/x",
        "https://*",
        "https://*.com",
        "https://a.example:*",
        "https://a.example:443",
        "https://a.example:0",
        "https://a.example/x?y#z",
        "HTTPS://A.example",
        "http://localhost",
        "https://1.2.3.4",
        "app://x",
        "wss://a.example",
    ] {
        let (allowlist, ignored) = read(named);
        assert_eq!((allowlist.origins(), ignored), (&[named.to_owned()][..], 0));
    }
    for skipped in [
        "https://b.*.example",
        "https://*.*.a.example",
        "https://b*.a.example",
        "*://a.example",
        "*.a.example",
        "a.example",
        "self",
        "null",
        "",
        "https://",
        "https://u@a.example",
        "https://[::1]",
        "https://a_b.example",
        " https://a.example",
        "https://a.example?x",
        "data:text/html,x",
    ] {
        let (allowlist, ignored) = read(skipped);
        assert!(allowlist.is_denied() && ignored == 1, "{skipped}");
    }
    assert!(read("*").0.allows_everyone());

    for (named, origin, is_named) in [
        ("https://a.example", "https://a.example", true),
        ("https://a.example", "http://a.example", false),
        ("https://a.example", "https://a.example:8443", false),
        ("HTTPS://A.example:443/x", "https://a.example", true),
        ("https://a.example:*", "https://a.example:8443", true),
        ("https://*.a.example", "https://b.a.example", true),
        ("https://*.a.example", "https://c.b.a.example", true),
        ("https://*.a.example", "https://a.example", false),
        ("https://*.a.example", "https://ba.example", false),
        ("https://*", "https://b.a.example", true),
        ("https://*", "http://b.a.example", false),
        ("*", "http://b.a.example", true),
    ] {
        let origin = origin.parse().unwrap();
        assert_eq!(read(named).0.names(&origin), is_named, "{named} {origin}");
    }
}
