//! Overwrites a text wherever it stands in a stream of bytes.

use super::Mark;

/// What overwrites it, byte for byte.
const FILLER: u8 = b'x';

/// Lets bytes through, without the mark.
pub(super) struct Scrub {
    mark: Mark,
    /// The end of what came, as far as the mark may begin in it; shorter than the mark.
    held: Vec<u8>,
}

impl Scrub {
    pub(super) fn new(mark: &Mark) -> Self {
        Self {
            mark: mark.clone(),
            held: Vec::new(),
        }
    }

    /// What can go on of what is held and `bytes`.
    pub(super) fn pass(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        let mut all = if self.held.is_empty() {
            bytes
        } else {
            self.held.extend_from_slice(&bytes);
            std::mem::take(&mut self.held)
        };
        let mark = self.mark.as_str().as_bytes();
        let mut at = 0;
        while let Some(start) = find(&all, at, mark) {
            at = start + mark.len();
            // `find` gives places in `all`.
            if let Some(found) = all.get_mut(start..at) {
                found.fill(FILLER);
            }
        }
        // The longest end that the mark begins with.
        let longest = all.len().min(mark.len() - 1);
        let held = (1..=longest)
            .rev()
            .find(|length| all.ends_with(mark.get(..*length).unwrap_or(mark)));
        if let Some(length) = held {
            self.held = all.split_off(all.len() - length);
        }
        all
    }

    /// The rest.
    pub(super) fn end(self) -> Vec<u8> {
        self.held
    }
}

fn find(text: &[u8], from: usize, wanted: &[u8]) -> Option<usize> {
    let (first, _) = wanted.split_first()?;
    let mut at = from;
    loop {
        at += text.get(at..)?.iter().position(|byte| byte == first)?;
        if text.get(at..)?.starts_with(wanted) {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: &str = "aabaabaabaabaabaabaabaac";

    fn scrub(chunks: &[&[u8]]) -> Vec<u8> {
        let mut scrub = Scrub::new(&MARK.parse().unwrap());
        let mut out = Vec::new();
        for chunk in chunks {
            out.extend(scrub.pass(chunk.to_vec()));
            assert!(scrub.held.len() < MARK.len());
        }
        out.extend(scrub.end());
        out
    }

    #[test]
    fn the_mark_is_overwritten_wherever_it_is_cut() {
        // Its beginning comes again and again in it.
        let text = format!("aab{MARK}aabaab{MARK}{MARK}aaba");
        let clean = text.replace(MARK, &"x".repeat(MARK.len()));
        let text = text.as_bytes();
        for first in 0..text.len() {
            for second in first..text.len() {
                let chunks = [&text[..first], &text[first..second], &text[second..]];
                assert_eq!(scrub(&chunks), clean.as_bytes(), "{first} {second}");
            }
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(scrub(&bytes), clean.as_bytes());
    }

    #[test]
    fn what_only_begins_like_it_is_not_held_longer_than_needed() {
        let mut scrub = Scrub::new(&MARK.parse().unwrap());
        assert_eq!(scrub.pass(b"hello aab".to_vec()), b"hello ");
        assert_eq!(scrub.pass(b"!".to_vec()), b"aab!");
    }
}
