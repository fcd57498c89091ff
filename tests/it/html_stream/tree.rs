//! What a browser's parser makes of the stamped page: html5ever, which builds the tree.

use bytes::Bytes;
use html5ever::tendril::TendrilSink as _;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{NodeData, RcDom};
use proptest::prelude::*;

use super::{MARK, through};

/// The application's own tags, as they are once stamped.
const OWN: [&str; 4] = [
    "<script nonce=\"MARK\" src=/app.js></script>",
    "<script nonce=\"MARK\">go()</script>",
    "<style nonce=\"MARK\">p {}</style>",
    "<link nonce=\"MARK\" rel=stylesheet href=/app.css>",
];

/// What others may have written around them.
const FOREIGN: [&str; 40] = [
    "<script src=//evil.example/ ",
    "<script src=//evil.example/ a=",
    "<script src=//evil.example/ a='",
    "<script src=//evil.example/ a=\"",
    "<script src=//evil.example/ nonce=",
    "<script src=//evil.example/></script>",
    "<script nonce>",
    "<script",
    "</script>",
    "<style>",
    "</style>",
    "<style ",
    "<link rel=stylesheet href=//evil.example/ ",
    "<svg>",
    "</svg>",
    "<svg><title>",
    "<math><mtext>",
    "</math>",
    "<select>",
    "</select>",
    "<table>",
    "<template>",
    "</template>",
    "<noscript>",
    "</noscript>",
    "<textarea>",
    "</textarea>",
    "<title>",
    "<xmp>",
    "<iframe>",
    "<plaintext>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<p>",
    ">",
    "'",
    "\"",
    "<a b",
];

/// The elements with a nonce that some browser would take, as `name: attributes`.
fn blessed(html: &str, nonce: &str) -> Vec<String> {
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
    let mut nodes = vec![dom.document.clone()];
    let mut found = Vec::new();
    while let Some(node) = nodes.pop() {
        if let NodeData::Element {
            name,
            attrs,
            template_contents,
            ..
        } = &node.data
        {
            let attributes = attrs.borrow();
            let of = |name: &str| {
                let mut all = attributes.iter();
                all.any(|known| &*known.name.local == name && &*known.value == nonce)
            };
            if of("nonce") {
                let others = attributes.iter().filter(|a| &*a.name.local != "nonce");
                let others: Vec<String> = others
                    .map(|a| format!(" {}={}", &*a.name.local, &*a.value))
                    .collect();
                found.push(format!("{}:{}", &*name.local, others.concat()));
            }
            nodes.extend(template_contents.borrow().clone());
        }
        nodes.extend(node.children.borrow().iter().cloned());
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_element_of_others_has_the_nonce(
        parts in prop::collection::vec(0..OWN.len() + FOREIGN.len(), 1..10),
    ) {
        let part = |at: &usize| OWN.get(*at).or_else(|| FOREIGN.get(*at - OWN.len())).copied();
        let html: String = parts.iter().filter_map(part).collect();
        let html = Bytes::from(html.replace("MARK", MARK));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (nonce, body) = runtime.block_on(through(vec![html.clone()]));
        // A body that ends early has no nonce in what was not sent.
        if let Ok(body) = body {
            for element in blessed(&body, &nonce) {
                prop_assert!(
                    ["script: src=/app.js", "script:", "style:", "link: rel=stylesheet href=/app.css"]
                        .contains(&element.as_str()),
                    "{element} in {body}"
                );
            }
        }
    }
}

#[test]
fn the_check_sees_what_it_is_for() {
    let swallowed = "<script src=//evil.example/ a=<script nonce=\"N\">";
    assert_eq!(
        blessed(swallowed, "N"),
        ["script: src=//evil.example/ a=<script"]
    );
}
