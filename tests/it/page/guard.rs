//! The guard as it is served.

use tower_visor::guard::{CodeFromText, Guard};
use tower_visor::sri::{Algorithm, Digest};

use super::{compile, pins};

fn digest(text: &str) -> Digest {
    Digest::of(Algorithm::Sha384, text.as_bytes())
}

#[test]
fn the_same_settings_give_the_same_script() {
    let guard = Guard::new("/facelivenessdetector-assets/");
    // Whoever changes the guard reads these two hashes, and the browser's tests.
    assert_eq!(
        digest(&guard.script()).to_string(),
        "sha384-cFznJFvR7DUM0v6SA+1zYSzhbti87YSDqDO6qWdYszIIpStN5jQbTBo5VXaqfHaO"
    );
    let with_glue = guard.clone().code_from_text(CodeFromText::EngineGlue);
    assert_eq!(
        digest(&with_glue.script()).to_string(),
        "sha384-KXyQAtKfadFNK3mkuAQBp6UXbClHuac5p2YbJ5Dbncfsul8XLCZwNe96dZDz2BR6"
    );

    let one = guard
        .clone()
        .pin("/a.js", digest("a"))
        .pin("/b.js", digest("b"));
    let two = guard.pin("/b.js", digest("b")).pin("/a.js", digest("a"));
    assert_eq!(one.script(), two.script());
}

#[test]
fn the_script_is_small() {
    let code = Guard::new("/facelivenessdetector-assets/").script();
    assert!(code.len() < 3 * 1024, "{} bytes of code", code.len());
    let page = compile("").unwrap();
    let guard = page.html().split("</script>").next().unwrap();
    let files = pins("/").files().len();
    let table = guard.len() - code.len();
    eprintln!(
        "{} bytes with {files} pins, {table} of them pins",
        guard.len()
    );
    assert!(table < files * 100, "{table} bytes of pins");
}

#[test]
fn no_text_ends_the_script_or_leaves_its_quotes() {
    let script = Guard::new("/a\"</script>\\/")
        .pin("/a\"</script>\\/\u{e9}\u{1f600}", digest("a"))
        .pin("/\u{2028}<!--", digest("b"))
        .reports_to("https://x.example/?\"&'<script>\n")
        .script();
    assert!(script.is_ascii());
    assert!(
        !script.contains("</script") && !script.contains("<!--") && !script.contains("<script>")
    );
    assert!(script.contains(r#""https://x.example/?\u0022\u0026'\u003cscript\u003e\u000a""#));
    assert!(script.contains(r#""\u00e9\ud83d\ude00":"#), "{script}");
}

#[test]
fn digests_of_several_algorithms_stand_whole() {
    let other = Digest::of(Algorithm::Sha256, b"b");
    let script = Guard::new("/sdk/")
        .pin("/a.js", digest("a"))
        .pin("/sdk/b.js", other)
        .script();
    assert!(script.contains(&format!("\"/a.js\":\"{}\"", digest("a"))));
    assert!(script.contains(&format!("\"b.js\":\"{other}\"")));
}
