//! Pages as a second parser reads them: html5ever, which builds the tree as browsers do.

use html5ever::tendril::TendrilSink as _;
use html5ever::{Attribute, ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// Visits all nodes in the order of the page, those of templates too, with their depth. Scripts
/// run, so `<noscript>` holds text.
pub fn walk(html: &str, mut visit: impl FnMut(usize, &Handle)) {
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
    let mut nodes = vec![(0, dom.document.clone())];
    while let Some((depth, node)) = nodes.pop() {
        visit(depth, &node);
        // The last is looked at first.
        let children = node.children.borrow();
        nodes.extend(
            children
                .iter()
                .rev()
                .map(|child| (depth + 1, child.clone())),
        );
        if let NodeData::Element {
            template_contents, ..
        } = &node.data
        {
            let contents = template_contents.borrow().clone();
            nodes.extend(contents.map(|contents| (depth + 1, contents)));
        }
    }
}

/// The value of an attribute.
pub fn value<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a str> {
    let mut all = attributes.iter();
    all.find(|attribute| &*attribute.name.local == name)
        .map(|attribute| &*attribute.value)
}

/// The text of an element's own.
pub fn text_of(node: &Handle) -> String {
    let children = node.children.borrow();
    let texts = children.iter().map(|child| match &child.data {
        NodeData::Text { contents } => contents.borrow().to_string(),
        _ => String::new(),
    });
    texts.collect()
}
