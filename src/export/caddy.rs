//! Caddy: a Caddyfile with a snippet for a site.

use std::fmt::Write as _;

use super::pattern::{FILES, escaped, pattern_text};
use super::plan::{Kinds, Lines, Plan, Proxy, UNENCODED, file_name, head, refuse_sign};
use super::{ExportFault, Hosting};
use crate::header::STRIP;

fn quoted(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    ["\"", &escaped, "\""].concat()
}

/// A regular expression, between signs in which nothing means anything.
fn pattern(text: &str) -> String {
    format!("`{text}`")
}

fn exact(path: &str) -> String {
    pattern(&format!("^{}$", escaped(&format!("/{}", file_name(path)))))
}

fn check(path: &str, lines: &Lines, faults: &mut Vec<ExportFault>) {
    refuse_sign(Hosting::Caddy, '{', path, lines, faults);
}

/// A block of headers. They are set when the response is written, because a handler may set them too.
fn headers(lines: &Lines, indent: &str) -> String {
    let mut out = format!("{indent}header {{\n{indent}\tdefer\n{indent}\t-Server\n");
    for (name, value) in lines {
        let _ = writeln!(out, "{indent}\t{name} {}", quoted(value));
    }
    let _ = writeln!(out, "{indent}}}");
    out
}

pub(super) fn write(plan: &Plan, faults: &mut Vec<ExportFault>) -> String {
    let root = &plan.root;
    let mut out = plan.comments("#");
    let _ = write!(
        out,
        "# Import this file, and `import visor` in a site. `{root}` is where this export lies.\n\
         (visor) {{\n\troot * {root}/public\n\troute {{\n"
    );
    check("files", &plan.file_headers, faults);
    let types = files(plan);
    for (number, proxy) in plan.proxies.iter().enumerate() {
        proxied(&mut out, number, proxy, &plan.api);
    }
    if let Some((from, to)) = &plan.redirect {
        let _ = write!(
            out,
            "\t\t@visor_start path_regexp {}\n\t\thandle @visor_start {{\n{}\t\t\troute {{\n\t\t\t\trewrite * {to}\n\t\t\t\tredir * {{uri}} 307\n\t\t\t}}\n\t\t}}\n",
            exact(from),
            headers(&plan.moved, "\t\t\t")
        );
    }
    for (number, page) in plan.pages.iter().enumerate() {
        check(&page.file, &page.headers, faults);
        if page.paths.is_empty() {
            continue;
        }
        let paths: Vec<String> = page
            .paths
            .iter()
            .map(|path| escaped(&format!("/{}", file_name(path))))
            .collect();
        let paths = pattern(&format!("^(?:{})$", paths.join("|")));
        let _ = write!(
            out,
            "\t\t@visor_page_{number} path_regexp {paths}\n\t\thandle @visor_page_{number} {{\n{}",
            headers(&page.headers, "\t\t\t")
        );
        send(&mut out, root, &page.file);
    }
    for (number, (path, lines)) in plan.exceptions.iter().enumerate() {
        check(path, lines, faults);
        let _ = write!(
            out,
            "\t\t@visor_file_{number} path_regexp {}\n\t\thandle @visor_file_{number} {{\n{}{types}\t\t}}\n",
            exact(path),
            headers(lines, "\t\t\t")
        );
    }
    let copies: Vec<String> = plan
        .files
        .keys()
        .filter_map(|place| {
            let place = place.strip_prefix("public/")?;
            let (original, end) = place.rsplit_once('.')?;
            let is_copy = matches!(end, "br" | "gz" | "zst")
                && plan.files.contains_key(&format!("public/{original}"));
            is_copy.then(|| escaped(&format!("/{place}")))
        })
        .collect();
    let but_copies = if copies.is_empty() {
        String::new()
    } else {
        format!(
            "\t\t\tnot path_regexp {}\n",
            pattern(&format!("^(?:{})$", copies.join("|")))
        )
    };
    let _ = write!(
        out,
        "\t\t@visor_files {{\n\t\t\tfile\n{but_copies}\t\t}}\n\t\thandle @visor_files {{\n{}{types}\t\t}}\n",
        headers(&plan.file_headers, "\t\t\t")
    );
    let ends = FILES.join("|");
    for (number, (deep, page)) in plan.deep().enumerate() {
        let _ = write!(
            out,
            "\t\t@visor_deep_{number} {{\n\t\t\tpath_regexp {}\n\t\t\tnot path_regexp `[.](?:{ends})$`\n\t\t\tmethod GET HEAD\n\t\t}}\n\t\thandle @visor_deep_{number} {{\n{}",
            pattern(&format!("^{}$", pattern_text(deep))),
            headers(&page.headers, "\t\t\t")
        );
        send(&mut out, root, &page.file);
    }
    let sdk = pattern(&format!(
        "^{}",
        escaped(&format!("/{}", file_name(&plan.sdk_folder)))
    ));
    let _ = write!(
        out,
        "\t\terror 404\n\t}}\n\thandle_errors {{\n\t\t@visor_method expression {{http.error.status_code}} == 405\n\
         \t\theader @visor_method allow \"GET, HEAD\"\n\t\t@visor_sdk path_regexp {sdk}\n\t\thandle @visor_sdk {{\n{}\t\t\trespond \"\" {{http.error.status_code}}\n\t\t}}\n\t\thandle {{\n{}\t\t\trespond \"\" {{http.error.status_code}}\n\t\t}}\n\t}}\n}}\n",
        headers(&plan.missing_sdk, "\t\t\t"),
        headers(&plan.missing, "\t\t\t")
    );
    out
}

/// How files are sent: their types are ours and not the machine's, and a compressed copy is another answer
/// to the same request.
fn files(plan: &Plan) -> String {
    let mut out = String::from(
        "\t\t\troute {\n\t\t\t\t@visor_other_method not method GET HEAD\n\t\t\t\terror @visor_other_method 405\n\
         \t\t\t\theader content-type application/octet-stream\n",
    );
    for (number, (end, kind)) in plan.types.iter().enumerate() {
        let _ = write!(
            out,
            "\t\t\t\t@visor_type_{number} path_regexp `[.]{}$`\n\t\t\t\theader @visor_type_{number} content-type {}\n",
            escaped(end),
            quoted(kind)
        );
    }
    if !plan.unencoded.is_empty() {
        out.push_str("\t\t\t\tmap {path} {visor_unencoded_digest} {\n");
        for (path, value) in &plan.unencoded {
            let path = quoted(&format!("/{}", file_name(path)));
            let _ = writeln!(out, "\t\t\t\t\t{path} {}", quoted(value));
        }
        let _ = write!(
            out,
            "\t\t\t\t}}\n\t\t\t\t@visor_whole {{\n\t\t\t\t\tmethod GET\n\t\t\t\t\tnot header Range *\n\t\t\t\t\tnot header If-None-Match *\n\t\t\t\t\t\
             expression {{visor_unencoded_digest}} != \"\"\n\t\t\t\t}}\n\t\t\t\theader @visor_whole {UNENCODED} \
             {{visor_unencoded_digest}}\n"
        );
    }
    out.push_str(
        "\t\t\t\t@visor_copied file {path}.br {path}.gz\n\t\t\t\theader @visor_copied vary accept-encoding\n\
         \t\t\t\tfile_server {\n\t\t\t\t\tprecompressed br gzip\n\t\t\t\t}\n\t\t\t}\n",
    );
    out
}

/// A page, whatever path led to it.
fn send(out: &mut String, root: &str, file: &str) {
    let (folder, name) = file.split_once('/').unwrap_or(("public", file));
    let _ = write!(
        out,
        "\t\t\troot * {root}/{folder}\n\t\t\t@visor_other_method not method GET HEAD\n\t\t\terror \
         @visor_other_method 405\n\t\t\trequest_header -Range\n\t\t\trewrite * {}\n\t\t\tfile_server\n\t\t}}\n",
        quoted(&format!("/{name}"))
    );
}

/// What an application answers: its own headers, but those that the policy owns.
fn proxied(out: &mut String, number: usize, proxy: &Proxy, api: &Kinds) {
    let Proxy { path, upstream } = proxy;
    let mut paths = format!("^{}", escaped(&format!("/{}", file_name(path))));
    if !path.ends_with('/') {
        paths.push('$');
    }
    let _ = write!(
        out,
        "\t\t@visor_api_{number} path_regexp {}\n\t\thandle @visor_api_{number} {{\n\t\t\treverse_proxy {upstream} {{\n\t\t\t\t@html header Content-Type text/html*\n",
        pattern(&paths)
    );
    for (matcher, lines) in [("@html ", &api.document), ("", &api.other)] {
        let _ = write!(
            out,
            "\t\t\t\thandle_response {matcher}{{\n\t\t\t\t\theader {{\n\t\t\t\t\t\tdefer\n"
        );
        for name in STRIP.iter().filter(|name| !name.starts_with('$')) {
            let _ = writeln!(out, "\t\t\t\t\t\t-{name}");
        }
        for (name, value) in lines {
            // Browsers enforce both policies; how long an answer is kept is the application's to say.
            let sign = match name.as_str() {
                "content-security-policy" | "content-security-policy-report-only" => "+",
                "cache-control" => "?",
                _ => "",
            };
            let _ = writeln!(out, "\t\t\t\t\t\t{sign}{name} {}", quoted(value));
        }
        out.push_str("\t\t\t\t\t}\n\t\t\t\t\tcopy_response\n\t\t\t\t}\n");
    }
    let _ = write!(out, "\t\t\t}}\n\t\t}}\n");
}

/// Headers for a server whose files nobody listed. It goes by the path that was asked for, before any
/// rewriting: what has no end of a file's name is a page.
pub(super) fn kinds(kinds: &Kinds, notes: &[String]) -> Result<String, ExportFault> {
    let mut faults = Vec::new();
    for lines in [&kinds.document, &kinds.other] {
        check("the policy", lines, &mut faults);
    }
    if let Some(fault) = faults.into_iter().next() {
        return Err(fault);
    }
    let block = |matcher: &str, lines: &Lines| {
        headers(lines, "").replacen("header {", &format!("header {matcher} {{"), 1)
    };
    let head = head(notes, "#");
    let page = "`(?:/|/[^/.]+|[.]html?)$`";
    Ok(format!(
        "{head}# A page is what ends in a slash, in `.html`, or in a name without a dot.\n\
         @visor_page path_regexp {page}\n{}@visor_other not path_regexp {page}\n{}\
         handle_errors {{\n{}\trespond \"{{http.error.status_code}}\"\n}}\n",
        block("@visor_page", &kinds.document),
        block("@visor_other", &kinds.other),
        headers(&kinds.other, "\t"),
    ))
}
