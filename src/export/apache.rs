//! Apache httpd: one file for a virtual host.

use std::fmt::Write as _;

use super::pattern::{escaped, regex};
use super::plan::{Kinds, Lines, Plan, Proxy, file_name, head, value_of};
use super::{Counted, ExportFault, Hosting, limits};
use crate::header::STRIP;

/// Text between double quotes.
fn quoted(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    ["\"", &escaped, "\""].concat()
}

/// `%` begins a format, and a second one is needed to mean itself.
fn value(value: &str) -> String {
    quoted(&value.replace('%', "%%"))
}

fn check(path: &str, lines: &Lines, faults: &mut Vec<ExportFault>) {
    let most = limits::most(Hosting::Apache, Counted::Line).unwrap_or(usize::MAX);
    for (name, value) in lines {
        if value.len() > most {
            faults.push(ExportFault::TooLong {
                hosting: Hosting::Apache,
                path: path.to_owned(),
                header: name.clone(),
                what: "header",
                length: value.len(),
                most,
                way: "remove languages and URLs from the policy",
            });
        }
    }
}

/// What a response without an error gets.
fn set(out: &mut String, lines: &Lines, others: &Lines) {
    for (name, _) in others {
        if value_of(lines, name).is_empty() {
            let _ = writeln!(out, "    Header unset {name}");
        }
    }
    for (name, text) in lines {
        let text = value(text);
        let _ = writeln!(
            out,
            "    Header set {name} {text} \"expr=%{{REQUEST_STATUS}} -lt 400\""
        );
    }
}

/// What the server's own errors get: they lose what was set for a response.
fn set_errors(out: &mut String, lines: &Lines) {
    for (name, text) in lines {
        let text = value(text);
        let _ = writeln!(
            out,
            "    Header always set {name} {text} \"expr=%{{REQUEST_STATUS}} -ge 400\""
        );
    }
    out.push_str("    Header always set allow \"GET, HEAD\" \"expr=%{REQUEST_STATUS} -eq 405\"\n");
}

/// An error that Apache itself answers: nothing else looks like it. Of a request that it can't read it knows
/// no path, and of an application that is down it answers under the application's.
const OWN_ERROR: &str =
    "%{REQUEST_STATUS} -ge 400 && %{CONTENT_TYPE} == 'text/html; charset=iso-8859-1'";

/// What Apache answers itself, wherever it is: without a page, and with the strictest policy.
fn own_errors(plan: &Plan, out: &mut String) {
    for status in [
        400, 401, 403, 404, 405, 408, 411, 412, 413, 414, 416, 421, 500, 501, 502, 503, 504,
    ] {
        let _ = writeln!(out, "ErrorDocument {status} \" \"");
    }
    for (name, text) in &plan.missing {
        let _ = writeln!(
            out,
            "Header always set {name} {} \"expr={OWN_ERROR}\"",
            value(text)
        );
    }
}

pub(super) fn write(plan: &Plan, faults: &mut Vec<ExportFault>) -> String {
    let root = &plan.root;
    let mut out = plan.comments("#");
    check("files", &plan.file_headers, faults);
    let _ = write!(
        out,
        "# Into a `VirtualHost`; it needs mod_headers, mod_rewrite, mod_setenvif, mod_mime and mod_dir. `{root}` is where\n\
         # this export lies. `ServerTokens Prod` belongs into the main configuration.\n\
         ServerSignature Off\nDocumentRoot \"{root}/public\"\n<Directory \"{root}\">\n    AllowOverride None\n    \
         Options None\n    DirectorySlash Off\n    DirectoryIndex disabled\n    Require all granted\n</Directory>\n\
         AddEncoding br .br\nAddEncoding gzip .gz\nRemoveType .br .gz .zst\nAddDefaultCharset Off\n"
    );
    for (end, kind) in &plan.types {
        let _ = writeln!(out, "AddType {} .{end}", quoted(kind));
    }
    own_errors(plan, &mut out);
    out.push_str(
        "TraceEnable Off\n\
         Header set unencoded-digest %{visor_unencoded_digest}e \"expr=%{REQUEST_STATUS} -eq 200 && %{REQUEST_METHOD} == 'GET' && -n env('visor_unencoded_digest') && -z req_novary('Range')\"\n\
         Header set vary accept-encoding env=visor_copied\n\
         Header set content-type application/octet-stream \"expr=-z %{CONTENT_TYPE} && %{REQUEST_STATUS} -lt 300\"\n",
    );
    // It reads other signs of a path in ways of its own: such a file has none.
    let is_plain = |path: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-@".contains(&byte);
        path.bytes().all(is_plain)
    };
    for (path, value) in plan.unencoded.iter().filter(|(path, _)| is_plain(path)) {
        let path = quoted(&format!("^{}$", escaped(&file_path(path))));
        let value = quoted(&format!("visor_unencoded_digest={value}"));
        let _ = writeln!(out, "SetEnvIf Request_URI {path} {value}");
    }
    rewrites(plan, &mut out);

    if let Some((from, _)) = &plan.redirect {
        let pattern = format!("^{}$", escaped(&file_path(from)));
        let _ = writeln!(out, "<LocationMatch {}>", quoted(&pattern));
        for (name, text) in &plan.moved {
            let _ = writeln!(out, "    Header always set {name} {}", value(text));
        }
        out.push_str("</LocationMatch>\n");
    }
    sections(plan, &mut out, faults);
    for proxy in &plan.proxies {
        proxied(&mut out, proxy, &plan.api);
    }
    out
}

/// What each path gets, the more special ones last.
fn sections(plan: &Plan, out: &mut String, faults: &mut Vec<ExportFault>) {
    let not_proxied: Vec<String> = plan.proxies.iter().map(|proxy| at(&proxy.path)).collect();
    let default = if not_proxied.is_empty() {
        "^/".to_owned()
    } else {
        format!("^(?!(?:{}))", not_proxied.join("|"))
    };
    let none = Lines::new();
    // Whatever another section may have set.
    let pages = plan.pages.iter().flat_map(|page| &page.headers);
    let exceptions = plan.exceptions.iter().flat_map(|(_, lines)| lines);
    let mut all = plan.file_headers.clone();
    for (name, text) in pages.chain(exceptions) {
        if value_of(&all, name).is_empty() {
            all.push((name.clone(), text.clone()));
        }
    }
    let mut section = |pattern: &str, lines: &Lines, others: &Lines, errors: Option<&Lines>| {
        let _ = writeln!(out, "<LocationMatch {}>", quoted(pattern));
        if errors.is_none() {
            out.push_str("    MaxRanges none\n");
        }
        set(out, lines, others);
        if let Some(errors) = errors {
            set_errors(out, errors);
        }
        out.push_str("</LocationMatch>\n");
    };
    section(&default, &plan.file_headers, &none, Some(&plan.missing));
    let sdk = format!("^{}", escaped(&file_path(&plan.sdk_folder)));
    section(&sdk, &plan.file_headers, &none, Some(&plan.missing_sdk));
    // Of sections that fit, the last one counts: of two patterns the first that was given, and before any
    // pattern what is there.
    let deep: Vec<_> = plan.deep().collect();
    for (pattern, page) in deep.iter().rev() {
        let pattern = regex(pattern, "");
        check(&pattern, &page.headers, faults);
        section(&pattern, &page.headers, &all, None);
    }
    for path in &plan.file_paths {
        let exception = plan.exceptions.iter().find(|(known, _)| known == path);
        let lines = exception.map_or(&plan.file_headers, |(_, lines)| lines);
        let is_below = deep.iter().any(|(pattern, _)| pattern.matches(path));
        if exception.is_some() || is_below {
            check(path, lines, faults);
            let pattern = format!("^{}$", escaped(&file_path(path)));
            section(&pattern, lines, &all, None);
        }
    }
    for page in &plan.pages {
        for path in &page.paths {
            let pattern = format!("^{}$", escaped(&file_path(path)));
            check(&pattern, &page.headers, faults);
            section(&pattern, &page.headers, &all, None);
        }
    }
}

fn file_path(path: &str) -> String {
    format!("/{}", file_name(path))
}

/// The paths of a proxy as a pattern.
fn at(path: &str) -> String {
    let text = escaped(&file_path(path));
    if path.ends_with('/') {
        text
    } else {
        text + "$"
    }
}

fn rewrites(plan: &Plan, out: &mut String) {
    let root = &plan.root;
    out.push_str("RewriteEngine On\n");
    for proxy in &plan.proxies {
        let _ = writeln!(
            out,
            "RewriteRule {} - [END]",
            quoted(&format!("^{}", at(&proxy.path)))
        );
    }
    if let Some((from, to)) = &plan.redirect {
        let from = quoted(&format!("^{}$", escaped(&file_path(from))));
        let _ = writeln!(out, "RewriteRule {from} {} [R=307,END]", quoted(to));
    }
    let other_method = "RewriteCond %{REQUEST_METHOD} !^(?:GET|HEAD)$\n";
    for page in &plan.pages {
        for path in &page.paths {
            let path = quoted(&format!("^{}$", escaped(&file_path(path))));
            let to = quoted(&format!("{root}/{}", page.file));
            let _ = write!(
                out,
                "{other_method}RewriteRule {path} - [R=405,END]\nRewriteRule {path} {to} [END]\n"
            );
        }
    }
    let _ = write!(
        out,
        "# Compressed copies are sent in place of their files, and not as files of their own.\n\
         RewriteCond %{{REQUEST_URI}} \"^(.+)[.](?:br|gz|zst)$\"\nRewriteCond \"{root}/public%1\" -f\n\
         RewriteRule \"^\" - [R=404,END]\n\
         RewriteCond \"{root}/public%{{REQUEST_URI}}\" -f\n{other_method}RewriteRule \"^\" - [R=405,END]\n\
         RewriteCond \"{root}/public%{{REQUEST_URI}}.br\" -f [OR]\nRewriteCond \
         \"{root}/public%{{REQUEST_URI}}.gz\" -f\nRewriteRule \"^\" - [E=visor_copied:1]\n"
    );
    for (end, name) in [("br", "br"), ("gz", "gzip")] {
        let _ = write!(
            out,
            "RewriteCond \"%{{HTTP:Accept-Encoding}}\" \"\\b{name}\\b\"\n\
             RewriteCond \"{root}/public%{{REQUEST_URI}}.{end}\" -f\n\
             RewriteRule \"^(.+)$\" \"{root}/public$1.{end}\" [END]\n"
        );
    }
    for (pattern, page) in plan.deep() {
        let _ = write!(
            out,
            "RewriteCond \"{root}/public%{{REQUEST_URI}}\" !-f\nRewriteRule {} {} [END]\n",
            quoted(&regex(pattern, "")),
            quoted(&format!("{root}/{}", page.file))
        );
    }
}

/// What an application answers: its own headers, but those that the policy owns.
fn proxied(out: &mut String, proxy: &Proxy, api: &Kinds) {
    let Proxy { path, upstream } = proxy;
    let _ = write!(
        out,
        "# It needs mod_proxy and mod_proxy_http.\nProxyPreserveHost On\nProxyPass {} {}\n<LocationMatch {}>\n    \
         RequestHeader set X-Forwarded-Proto expr=%{{REQUEST_SCHEME}}\n",
        quoted(path),
        quoted(&format!("{upstream}{path}")),
        quoted(&format!("^{}", at(path))),
    );
    for name in STRIP {
        let _ = writeln!(out, "    Header unset {name}");
    }
    for (name, page, other) in api.pairs() {
        if name == "cache-control" {
            let _ = writeln!(out, "    Header setifempty {name} {}", value(other));
            continue;
        }
        // Browsers enforce both policies.
        if !name.starts_with("content-security-policy") {
            let _ = writeln!(out, "    Header unset {name}");
        }
        by_type(out, "    ", (name, page, other));
    }
    out.push_str("</LocationMatch>\n");
}

/// One value for HTML and one for the rest. An error of Apache's own is HTML, and no page.
fn by_type(out: &mut String, indent: &str, (name, page, other): (&str, &str, &str)) {
    if page == other {
        let _ = writeln!(out, "{indent}Header always set {name} {}", value(page));
        return;
    }
    for (text, not) in [(page, ""), (other, "!")] {
        if !text.is_empty() {
            let _ = writeln!(
                out,
                "{indent}Header always set {name} {} \"expr={not}(%{{CONTENT_TYPE}} =~ m#^text/html#i && !({OWN_ERROR}))\"",
                value(text)
            );
        }
    }
}

/// Headers for a server whose files nobody listed.
pub(super) fn kinds(kinds: &Kinds, notes: &[String]) -> Result<String, ExportFault> {
    let mut faults = Vec::new();
    for lines in [&kinds.document, &kinds.other] {
        check("the policy", lines, &mut faults);
    }
    if let Some(fault) = faults.into_iter().next() {
        return Err(fault);
    }
    let mut out = head(notes, "#");
    out.push_str("ServerSignature Off\n");
    for (name, page, other) in kinds.pairs() {
        // `always` is the table that error pages use; what a program set is in the other.
        let _ = write!(out, "Header unset {name}\nHeader always unset {name}\n");
        by_type(&mut out, "", (name, page, other));
    }
    Ok(out)
}
