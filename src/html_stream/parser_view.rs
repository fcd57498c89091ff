//! What the parser is given in place of `=>`.

use std::collections::VecDeque;

use memchr::memchr_iter;

/// What the parser reads where an equals sign has nothing but white space before the next `>`.
/// It ends no name, value, comment or section, and starts none: `~` is nothing special to HTML.
const PUT: u8 = b'~';

/// The bytes as `lol_html` gets them: of the same length, and the same elements to browsers.
///
/// `lol_html` 3.0.3 takes what follows an empty unquoted value (`<title x=>`) as markup, where browsers
/// read on with text up to `</title>`; with a selector that asks for attributes it then panics in
/// debug builds, and ends the document in release. An attribute without a value (`<title x~>`) is
/// read right. In text, quoted values and comments it makes no difference, because nobody reads
/// them but for where they end. In a name it is the same again: `<title=>` is an element `title=`,
/// and `<title~>` as unknown.
#[derive(Default)]
pub(super) struct ParserView {
    /// An equals sign and white space at the end of what came: it depends on what follows.
    held: Vec<u8>,
    /// How many bytes the parser was given.
    given: usize,
    /// How many it gave back.
    back: usize,
    /// Places of the equals signs that the parser doesn't know of, and has not given back.
    signs: VecDeque<usize>,
}

impl ParserView {
    /// What the parser can read after these bytes. As much is held as `most` says: the parser gives
    /// up a tag that is longer, too.
    pub(super) fn give(&mut self, bytes: &[u8], most: usize) -> Vec<u8> {
        // The run may have begun in an earlier piece.
        let mut all = std::mem::take(&mut self.held);
        all.extend_from_slice(bytes);
        let ends: Vec<usize> = memchr_iter(b'>', &all).collect();
        for end in ends {
            for at in run(&all, end) {
                if let Some(byte) = all.get_mut(at).filter(|byte| **byte == b'=') {
                    *byte = PUT;
                    self.signs.push_back(self.given + at);
                }
            }
        }
        let open = run(&all, all.len());
        let sign = all.get(open.clone()).and_then(|run| {
            let first = run.iter().position(|byte| *byte == b'=')?;
            (run.len() - first <= most).then_some(open.start + first)
        });
        if let Some(start) = sign {
            self.held = all.split_off(start);
        }
        self.given += all.len();
        all
    }

    /// The end of what came.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }

    /// Bytes that the parser is done with, as they came.
    pub(super) fn restore(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        let end = self.back + bytes.len();
        while let Some(place) = self.signs.front().copied().filter(|place| *place < end) {
            self.signs.pop_front();
            if let Some(byte) = bytes.get_mut(place - self.back) {
                *byte = b'=';
            }
        }
        self.back = end;
        bytes
    }
}

/// Equals signs and white space right before `end`.
fn run(bytes: &[u8], end: usize) -> std::ops::Range<usize> {
    let before = bytes.get(..end).unwrap_or_default();
    let length = before
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b'=' | b' ' | b'\t' | b'\n' | b'\x0c' | b'\r'))
        .count();
    end - length..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_before_the_end_of_a_tag_are_put_and_restored() {
        for (text, seen) in [
            ("<title x=>a", "<title x~>a"),
            ("<title x = \n>", "<title x ~ \n>"),
            ("<a b==>c=d", "<a b~~>c=d"),
            ("<title=></title=>", "<title~></title~>"),
            ("(a) => b", "(a) ~> b"),
            ("<a b=\"=\">", "<a b=\"=\">"),
            ("a = ", "a "),
        ] {
            for cut in 0..=text.len() {
                let mut view = ParserView::default();
                let (one, two) = text.as_bytes().split_at(cut);
                let mut given = view.give(one, 100);
                given.extend(view.give(two, 100));
                assert_eq!(given, seen.as_bytes(), "{text} {cut}");
                let mut back = Vec::new();
                for byte in given {
                    back.extend(view.restore(vec![byte]));
                }
                back.extend(view.rest());
                assert_eq!(back, text.as_bytes(), "{text} {cut}");
            }
        }
    }

    #[test]
    fn no_more_is_held_than_allowed() {
        let mut view = ParserView::default();
        assert_eq!(view.give(b"a=  ", 2), b"a=  ");
        assert_eq!(view.give(b"a=", 2), b"a");
        assert_eq!(view.give(b"  >", 2), b"~  >");
        assert_eq!(view.rest(), b"");
    }
}
