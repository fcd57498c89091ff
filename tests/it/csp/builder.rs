//! The builder, the getters, and what is sent.

use http::HeaderValue;
use tower_visor::csp::{
    AncestorSource, Csp, CspErrorKind, DefaultSource, DirectiveName, FetchSource, NonceSource,
    SandboxToken, SchemeSource, ScriptAttrSource, ScriptSource, Sources, StyleAttrSource,
    StyleSource, TrustedTypesEntry,
};
use tower_visor::sri::{Algorithm, Digest};

fn messages(builder: tower_visor::csp::CspBuilder) -> Vec<String> {
    match builder.build() {
        Ok(csp) => panic!("{csp}"),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

fn full() -> Csp {
    let hash = Digest::of(Algorithm::Sha256, b"");
    Csp::builder()
        .report_uri(["/csp"])
        .report_to("csp")
        .upgrade_insecure_requests()
        .trusted_types([
            TrustedTypesEntry::Policy("default".parse().unwrap()),
            TrustedTypesEntry::AllowDuplicates,
        ])
        .require_trusted_types_for_script()
        .sandbox([SandboxToken::AllowScripts])
        .frame_ancestors([AncestorSource::SelfOrigin])
        .form_action([])
        .base_uri([])
        .worker_src([FetchSource::Scheme(SchemeSource::BLOB)])
        .fenced_frame_src([FetchSource::Scheme(SchemeSource::HTTPS)])
        .frame_src([])
        .child_src([])
        .manifest_src([FetchSource::SelfOrigin])
        .object_src(Sources::none())
        .media_src([FetchSource::Scheme(SchemeSource::BLOB)])
        .font_src([FetchSource::Host("https://fonts.example".parse().unwrap())])
        .connect_src(vec![FetchSource::Host(
            "https://api.example/v1/".parse().unwrap(),
        )])
        .img_src([
            FetchSource::SelfOrigin,
            FetchSource::Scheme(SchemeSource::DATA),
        ])
        .style_src_attr([StyleAttrSource::UnsafeHashes, StyleAttrSource::Hash(hash)])
        .style_src_elem([StyleSource::Hash(hash)])
        .style_src([StyleSource::SelfOrigin])
        .script_src_attr([ScriptAttrSource::ReportSample])
        .script_src_elem([ScriptSource::Nonce(NonceSource::PerResponse)])
        .script_src([
            ScriptSource::WasmUnsafeEval,
            ScriptSource::ReportHash(Algorithm::Sha384),
        ])
        .default_src([DefaultSource::SelfOrigin])
        .build()
        .unwrap()
}

const FULL: &str = "default-src 'self'; script-src 'wasm-unsafe-eval' 'report-sha384'; \
    script-src-elem 'nonce-{nonce}'; script-src-attr 'report-sample'; style-src 'self'; \
    style-src-elem 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; \
    style-src-attr 'unsafe-hashes' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; \
    img-src 'self' data:; connect-src https://api.example/v1/; font-src https://fonts.example; \
    media-src blob:; object-src 'none'; manifest-src 'self'; child-src 'none'; frame-src 'none'; \
    fenced-frame-src https:; worker-src blob:; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'self'; sandbox allow-scripts; require-trusted-types-for 'script'; \
    trusted-types default 'allow-duplicates'; upgrade-insecure-requests; report-to csp; \
    report-uri /csp";

#[test]
fn every_directive_is_written_in_a_stable_order() {
    let csp = full();
    assert_eq!(csp.to_string(), FULL);
    assert_eq!(FULL.parse(), Ok(csp.clone()));
    let names: Vec<DirectiveName> = csp.directives().map(|(name, _)| name).collect();
    let writable: Vec<DirectiveName> = DirectiveName::ALL
        .into_iter()
        .filter(|name| name.replacement().is_none())
        .collect();
    assert_eq!(names, writable, "no directive of the standard is left out");
    assert!(names.iter().all(|name| csp.has(*name)));
    assert!(!csp.has(DirectiveName::PrefetchSrc));
}

#[test]
fn what_was_written_can_be_asked() {
    let csp = full();
    assert_eq!(csp.default_src(), Some(&[DefaultSource::SelfOrigin].into()));
    assert!(csp.object_src().unwrap().is_none());
    assert_eq!(csp.img_src().unwrap().len(), 2);
    assert_eq!(csp.report_to(), Some("csp"));
    assert_eq!(csp.report_uri(), ["/csp"]);
    assert_eq!(csp.sandbox().unwrap().to_string(), "allow-scripts");
    assert_eq!(csp.trusted_types().unwrap().len(), 2);

    let small = Csp::builder().default_src([]).build().unwrap();
    assert_eq!(small.script_src(), None);
    assert_eq!(small.sandbox(), None);
    assert_eq!(small.report_to(), None);
    assert!(small.report_uri().is_empty());
}

/// The same rules as in the text: 5, 8, 9, 13, 21, 22, 24, 28.
#[test]
fn the_builder_refuses_what_the_text_refuses() {
    assert_eq!(
        messages(Csp::builder()),
        ["no directives: write at least one, for example `default-src 'none'`"]
    );
    assert_eq!(
        messages(
            Csp::builder()
                .script_src([ScriptSource::StrictDynamic, ScriptSource::UnsafeHashes])
                .style_src([
                    StyleSource::UnsafeInline,
                    StyleSource::Nonce(NonceSource::PerResponse)
                ])
                .script_src_elem([ScriptSource::UnsafeEval])
                .style_src_attr([StyleAttrSource::Hash(Digest::of(Algorithm::Sha256, b""))])
                .frame_ancestors([AncestorSource::Host("a.com/x".parse().unwrap())])
                .trusted_types([TrustedTypesEntry::AllowDuplicates])
                .report_to("a; script-src *")
                .report_uri([
                    "/ok",
                    "/x; script-src *",
                    "/x;y",
                    "/x,y",
                    "/\u{e9}",
                    "javascript:alert(1)"
                ])
        ),
        [
            "script-src: `'strict-dynamic'` needs a nonce or a hash next to it, or no script runs",
            "script-src: `'unsafe-hashes'` needs a hash next to it: write the hash, or remove it",
            "script-src-elem: `'unsafe-eval'` has no effect here: remove it; it counts in `script-src` and `default-src`",
            "style-src: `'unsafe-inline'` is ignored next to a nonce or hash: remove it",
            "style-src-attr: hashes apply to attributes only together with `'unsafe-hashes'`: write it too",
            "frame-ancestors: `a.com/x` has a path, but ancestors are compared by their origin: remove `/x`",
            "trusted-types: `'allow-duplicates'` needs a policy name or `*` next to it: write one, or `'none'`",
            "report-to: takes the name of one endpoint, as in `Reporting-Endpoints`: lower-case letters, digits and `_-.*`, a letter first; write for example `report-to csp`",
            "report-uri: `/x; script-src *` can't receive reports: write an absolute `https:` URL or a path such as `/csp`",
            "report-uri: `/x;y` can't receive reports: write an absolute `https:` URL or a path such as `/csp`",
            "report-uri: `/x,y` can't receive reports: write an absolute `https:` URL or a path such as `/csp`",
            "report-uri: `/\\u{e9}` can't receive reports: write an absolute `https:` URL or a path such as `/csp`",
            "report-uri: `javascript:alert(1)` can't receive reports: write an absolute `https:` URL or a path such as `/csp`",
        ]
    );
    assert_eq!(
        messages(
            Csp::builder()
                .report_to("")
                .report_uri(Vec::<String>::new())
        )
        .len(),
        2
    );
    assert_eq!(
        messages(
            Csp::builder()
                .sandbox([])
                .sandbox([])
                .upgrade_insecure_requests()
                .upgrade_insecure_requests()
        ),
        [
            "sandbox: set twice; a browser would obey only the first: remove one",
            "upgrade-insecure-requests: set twice; a browser would obey only the first: remove one",
        ]
    );
}

/// Rule 27: to add to a directive, one takes what it holds; nothing is added silently.
#[test]
fn a_policy_can_be_changed() {
    let csp: Csp = "default-src 'none'; img-src 'self'".parse().unwrap();
    let mut images = csp.img_src().cloned().unwrap_or_default();
    images.extend([
        FetchSource::SelfOrigin,
        FetchSource::Scheme(SchemeSource::DATA),
    ]);
    let changed = csp
        .to_builder()
        .img_src(images)
        .without(DirectiveName::DefaultSrc)
        .build()
        .unwrap();
    assert_eq!(changed.to_string(), "img-src 'self' data:");
    assert_eq!(csp.to_builder().build(), Ok(csp));
    // Taken out, a directive can be set once more.
    let again = changed
        .to_builder()
        .img_src([])
        .without(DirectiveName::ImgSrc)
        .img_src([FetchSource::SelfOrigin])
        .build()
        .unwrap();
    assert_eq!(again.to_string(), "img-src 'self'");
    for name in DirectiveName::ALL {
        assert!(!full().to_builder().without(name).directives_hold(name));
    }
}

trait Holds {
    fn directives_hold(self, name: DirectiveName) -> bool;
}

impl Holds for tower_visor::csp::CspBuilder {
    fn directives_hold(self, name: DirectiveName) -> bool {
        // Without `report-to` the digests that `script-src` wants reported have no endpoint.
        let faults_allowed = name == DirectiveName::ReportTo;
        match self.build() {
            Ok(csp) => csp.has(name),
            Err(_) => !faults_allowed,
        }
    }
}

/// Rules 19 and 29: no header is made while a nonce is missing.
#[test]
fn a_header_has_no_empty_slot() {
    let csp: Csp = "default-src 'none'; script-src 'nonce-{nonce}'"
        .parse()
        .unwrap();
    assert!(csp.has_nonce_slot());
    assert_eq!(
        csp.pieces(),
        ["default-src 'none'; script-src 'nonce-", "'"]
    );
    let error = HeaderValue::try_from(&csp).unwrap_err();
    assert_eq!(error.kind(), CspErrorKind::Delivery);
    assert_eq!(
        error.to_string(),
        "the policy has a slot for a nonce: fill it for each response, between the pieces"
    );

    let fixed: Csp = "script-src 'nonce-AAAAAAAAAAAAAAAAAAAAAA'".parse().unwrap();
    assert!(!fixed.has_nonce_slot());
    assert_eq!(
        fixed.pieces(),
        ["script-src 'nonce-AAAAAAAAAAAAAAAAAAAAAA'"]
    );
    assert_eq!(
        HeaderValue::try_from(&fixed).unwrap(),
        "script-src 'nonce-AAAAAAAAAAAAAAAAAAAAAA'"
    );
    assert_eq!(Csp::NAME, "content-security-policy");
    assert_eq!(Csp::REPORT_ONLY_NAME, "content-security-policy-report-only");
}
