//! However a page is cut into pieces, it becomes the same page.

use bytes::Bytes;
use proptest::prelude::*;

use super::{MARK, through};

/// What pages, and attackers, are made of; a marked tag stands first.
const PARTS: [&str; 20] = [
    "<script nonce=\"MARK\" src=/app.js></script>",
    "<script>evil()</script>",
    "<script nonce>evil()</script>",
    "<p class=\"a\">caf\u{e9}</p>",
    "MARK",
    "visorvisor",
    "<!-- <script nonce=\"MARK\"> -->",
    "<textarea><script nonce=\"MARK\"></textarea>",
    "<script src=//evil.example/ a=",
    "<img alt='",
    "'",
    "\"",
    ">",
    "<",
    "</script>",
    "<style nonce='MARK'>p {}</style>",
    "<svg><style nonce=\"MARK\"></style></svg>",
    "<script nonce=\"MARK\" nonce=\"MARK\">",
    "&lt;script&gt;",
    "\r\n",
];

proptest! {
    #[test]
    fn cutting_changes_nothing(
        parts in prop::collection::vec(0..PARTS.len(), 0..12),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let html: String = parts.iter().map(|part| PARTS[*part]).collect();
        let html = Bytes::from(html.replace("MARK", MARK));
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(html.len() + 1)).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut rest = html.clone();
        let mut at = 0;
        for cut in cuts {
            pieces.push(rest.split_to(cut - at));
            at = cut;
        }
        pieces.push(rest);

        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (whole, cut) = runtime.block_on(async {
            (through(vec![html]).await, through(pieces).await)
        });
        // The nonce is that of the header, in each response.
        let plain = |(nonce, body): (String, Result<String, _>)| match body {
            Ok(body) => {
                prop_assert!(!body.contains(MARK), "the mark got out: {body}");
                Ok(Ok(body.replace(&nonce, "NONCE")))
            }
            Err(error) => Ok(Err(super::BoxError::to_string(&error))),
        };
        let (whole, cut) = (plain(whole)?, plain(cut)?);
        if let (Some(0), Ok(whole)) = (parts.first(), &whole) {
            prop_assert!(whole.starts_with("<script nonce=\"NONCE\" src=/app.js>"), "{whole}");
        }
        prop_assert_eq!(whole, cut);
    }
}
