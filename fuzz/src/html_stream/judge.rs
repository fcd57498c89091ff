//! What may be in the HTML that comes out.

use html5ever::QualName;
use markup5ever_rcdom::{Handle, NodeData};

use super::super::dom;
use super::{BLESSED, FILLER, MARK, contains};

/// Whatever has the nonce is an element of the application's, as it was written.
pub fn are_own(html: &str, nonce: &str, has_bare: bool, is_cut: bool) {
    dom::walk(html, |_, node| is_own(node, nonce, has_bare, is_cut));
}

fn is_own(node: &Handle, nonce: &str, has_bare: bool, is_cut: bool) {
    let NodeData::Element { name, attrs, .. } = &node.data else {
        return;
    };
    let attributes = attrs.borrow();
    if attributes.iter().all(|one| !one.value.contains(nonce)) {
        return;
    }
    let name = &*name.local;
    assert!(["script", "style", "link"].contains(&name), "{name}");
    assert_eq!(dom::value(&attributes, "nonce"), Some(nonce));
    // Text of others beside the mark itself may be a tag of the application's.
    if has_bare {
        return;
    }
    let mut others: Vec<(&str, &str)> = attributes
        .iter()
        .map(|one| (&*one.name.local, &*one.value))
        .filter(|(name, _)| *name != "nonce")
        .collect();
    others.sort_unstable();
    let text = dom::text_of(node);
    let is_own = BLESSED.iter().any(|(known, attributes, content)| {
        // In SVG what follows a link is in it.
        let has_text = text == *content
            || (is_cut && content.starts_with(&text))
            || (name == "link" && *known == name);
        *known == name && *attributes == others && has_text
    });
    assert!(is_own, "{name} {others:?} {text:?}");
}

/// A node as it is compared.
#[derive(Debug, PartialEq)]
enum Node {
    Document,
    Doctype(String),
    Text(String),
    Comment(String),
    Element {
        name: QualName,
        attributes: Vec<(String, String)>,
        nonce: Option<String>,
    },
}

impl Node {
    fn is_blessed(&self) -> bool {
        let Self::Element {
            name, attributes, ..
        } = self
        else {
            return false;
        };
        let mut others: Vec<(&str, &str)> = attributes
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        others.sort_unstable();
        let name = &*name.local;
        let mut all = BLESSED.iter();
        all.any(|(known, attributes, _)| *known == name && *attributes == others)
    }
}

fn nodes(html: &[u8]) -> Vec<(usize, Node)> {
    let mut nodes = Vec::new();
    // Bytes that are no UTF-8 are replaced, as browsers do.
    dom::walk(&String::from_utf8_lossy(html), |depth, node| {
        let node = match &node.data {
            NodeData::Document => Node::Document,
            NodeData::Doctype {
                name,
                public_id,
                system_id,
            } => Node::Doctype(format!("{name} {public_id} {system_id}")),
            NodeData::Text { contents } => Node::Text(contents.borrow().to_string()),
            NodeData::Comment { contents } => Node::Comment(contents.to_string()),
            NodeData::ProcessingInstruction { .. } => panic!("not in HTML"),
            NodeData::Element { name, attrs, .. } => {
                let attributes = attrs.borrow();
                let nonce = dom::value(&attributes, "nonce").map(str::to_owned);
                let others = attributes.iter();
                let others = others.filter(|one| &*one.name.local != "nonce");
                Node::Element {
                    name: name.clone(),
                    attributes: others
                        .map(|one| (one.name.local.to_string(), one.value.to_string()))
                        .collect(),
                    nonce,
                }
            }
        };
        nodes.push((depth, node));
    });
    nodes
}

/// To a browser the page is as it was written, but for nonces in place of marks: on each element
/// of the application's, unless others may have written the like.
pub(super) fn unchanged(source: &[u8], out: &[u8], nonce: &str, has_like: bool) {
    let before = nodes(&replaced(source));
    let after = nodes(out);
    // There the parser may take for a tag what is text to browsers, or the other way round: it
    // doesn't know where each foreign element ends, and of `<![CDATA[` in the title of a picture.
    // A text gets a nonce then and runs nothing, and an element gets none.
    let lower = source.to_ascii_lowercase();
    let is_foreign = contains(&lower, "<svg") || contains(&lower, "<math");
    assert_eq!(before.len(), after.len(), "{before:?} became {after:?}");
    for ((depth, mut before), (now, mut after)) in before.into_iter().zip(after) {
        assert_eq!(depth, now, "{before:?} {after:?}");
        if let (Node::Element { nonce: old, .. }, Node::Element { nonce: new, .. }) =
            (&mut before, &mut after)
            && old.as_deref() == Some(FILLER)
            && new.as_deref().is_none_or(|new| new == nonce)
        {
            // What the mark becomes in a tag that is looked at; which tag, `is_own` says.
            let has_nonce = new.is_some();
            (*old, *new) = (None, None);
            assert!(
                has_nonce || has_like || is_foreign || !before.is_blessed(),
                "{before:?}"
            );
        }
        if let (true, Node::Text(text) | Node::Comment(text)) = (is_foreign, &mut after) {
            *text = text.replace(nonce, FILLER);
        }
        assert_eq!(before, after);
    }
}

/// With the filler in place of each mark.
pub(super) fn replaced(source: &[u8]) -> Vec<u8> {
    let mut out = source.to_vec();
    let mut at = 0;
    while at + MARK.len() <= out.len() {
        if out[at..].starts_with(MARK.as_bytes()) {
            out[at..at + MARK.len()].copy_from_slice(FILLER.as_bytes());
            at += MARK.len();
        } else {
            at += 1;
        }
    }
    out
}
