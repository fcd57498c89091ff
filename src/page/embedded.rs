//! Whether a place is inside `<svg>` or `<math>`.

/// Where their content is HTML again ([HTML integration points] and those of `MathML` text): an end
/// tag that fits nothing there is ignored, `</svg>` too.
///
/// [HTML integration points]: https://html.spec.whatwg.org/multipage/parsing.html#html-integration-point
const POINTS: [&str; 9] = [
    "annotation-xml",
    "desc",
    "foreignobject",
    "mi",
    "mn",
    "mo",
    "ms",
    "mtext",
    "title",
];

/// HTML's elements without an end tag, the obsolete ones too.
const VOID: [&str; 18] = [
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input",
    "keygen", "link", "meta", "param", "source", "track", "wbr",
];

/// The elements that are open from the first `<svg>` or `<math>` on, as they were written.
///
/// A browser may have closed more of them, and never fewer: where an end tag is one that it may
/// ignore, the element stays open here, and what is refused inside `<svg>` stays refused.
#[derive(Default)]
pub(super) struct Embedded {
    open: Vec<String>,
    /// Where in `open` the elements of each kind are.
    svg: Vec<usize>,
    math: Vec<usize>,
    points: Vec<usize>,
}

impl Embedded {
    pub(super) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    pub(super) fn start(&mut self, name: &str, self_closing: bool) {
        let root = matches!(name, "svg" | "math");
        if !(root || self.is_open()) || VOID.contains(&name) {
            return;
        }
        // `<div/>` is open: in HTML the slash means nothing.
        let in_html = self.points.last() > self.svg.last().max(self.math.last());
        if self_closing && (root || !in_html) {
            return;
        }
        let at = self.open.len();
        match name {
            "svg" => self.svg.push(at),
            "math" => self.math.push(at),
            _ if POINTS.contains(&name) => self.points.push(at),
            _ => {}
        }
        self.open.push(name.to_owned());
    }

    pub(super) fn end(&mut self, name: &str) {
        if self.open.last().is_some_and(|last| last == name) {
            self.close_from(self.open.len() - 1);
            return;
        }
        let root = match name {
            "svg" => self.svg.last(),
            "math" => self.math.last(),
            _ => None,
        };
        if let Some(&root) = root
            && self.points.last() < Some(&root)
        {
            self.close_from(root);
        }
    }

    fn close_from(&mut self, at: usize) {
        self.open.truncate(at);
        for places in [&mut self.svg, &mut self.math, &mut self.points] {
            // They are in order, so the last ones go.
            places.truncate(places.partition_point(|place| *place < at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tags as words: `svg`, `/svg`, `path/`.
    fn is_open_after(tags: &str) -> bool {
        let mut embedded = Embedded::default();
        for tag in tags.split_whitespace() {
            match (tag.strip_prefix('/'), tag.strip_suffix('/')) {
                (Some(name), _) => embedded.end(name),
                (None, Some(name)) => embedded.start(name, true),
                (None, None) => embedded.start(tag, false),
            }
        }
        embedded.is_open()
    }

    #[test]
    fn it_ends_where_a_browser_ends_it() {
        for closed in [
            "p /p",
            "svg /svg",
            "svg/ math/",
            "svg g path /svg",
            "svg svg /svg /svg",
            "svg p /svg",
            "svg desc /desc g path/ /g /svg",
            "svg foreignobject div br img p /p /div /foreignobject /svg",
            "svg foreignobject svg g /svg /foreignobject /svg",
            "math mi /mi mtext span /span /mtext /math",
        ] {
            assert!(!is_open_after(closed), "{closed}");
        }
        for open in [
            "svg",
            "svg /math",
            "svg svg /svg",
            "svg foreignobject div /svg",
            "svg foreignobject div/ /foreignobject /svg",
            "svg foreignobject p p /foreignobject /svg",
            "svg svg foreignobject div /svg /div /svg",
            "math annotation-xml svg/ /math",
        ] {
            assert!(is_open_after(open), "{open}");
        }
    }
}
