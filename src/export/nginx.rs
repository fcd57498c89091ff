//! nginx: a file for `http` with maps, one for `server`, and one for each set of headers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::limits::most;
use super::pattern::{escaped, regex};
use super::plan::{Kinds, Lines, Plan, Proxy, UNENCODED, file_name, head, refuse_sign};
use super::{Counted, ExportFault, Hosting};
use crate::header::STRIP;

/// What nginx answers itself. Without a page of its own for them, each is sent without a body.
const ERRORS: &str =
    "400 401 403 405 408 411 412 413 414 416 421 494 495 496 497 500 501 502 503 504 505";

/// What it answers before it has read the request's URL. There a named location can't be gone to: it would
/// be a `500` without headers.
const UNREAD: &str = "400 414 494 505";

/// Where it goes instead.
const UNREAD_AT: &str = "/visor-unread";

/// Text between double quotes.
fn quoted(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    ["\"", &escaped, "\""].concat()
}

/// `$` begins a variable, and nothing escapes it.
fn check(path: &str, lines: &Lines, faults: &mut Vec<ExportFault>) {
    refuse_sign(Hosting::Nginx, '$', path, lines, faults);
}

/// The parts of a value that are short enough for one parameter each.
fn parts(value: &str) -> Vec<String> {
    let most = most(Hosting::Nginx, Counted::Parameter).unwrap_or(usize::MAX);
    let mut parts = vec![String::new()];
    let mut length = 0;
    for c in value.chars() {
        let longer = c.len_utf8() + usize::from(matches!(c, '\\' | '"'));
        if length + longer > most {
            parts.push(String::new());
            length = 0;
        }
        length += longer;
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

/// `add_header` for each header; `prefix` begins the names of variables that long values need.
fn add_headers(lines: &Lines, prefix: &str) -> String {
    let mut out = String::new();
    for (name, value) in lines {
        let parts = parts(value);
        if let [one] = &parts[..] {
            let _ = writeln!(out, "add_header {name} {} always;", quoted(one));
            continue;
        }
        let mut joined = String::new();
        for (index, part) in parts.iter().enumerate() {
            let variable = format!("$visor_{prefix}_{}_{index}", name.replace('-', "_"));
            let _ = writeln!(out, "set {variable} {};", quoted(part));
            joined.push_str(&variable);
        }
        let _ = writeln!(out, "add_header {name} \"{joined}\" always;");
    }
    out
}

pub(super) fn write(plan: &Plan, faults: &mut Vec<ExportFault>) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut fragment = |name: &str, lines: &Lines| {
        check(name, lines, faults);
        let text = add_headers(lines, &name.replace('-', "_"));
        files.insert(format!("nginx/headers/{name}.conf"), text);
        format!("include {}/nginx/headers/{name}.conf;", plan.root)
    };
    let root = &plan.root;
    let files_of = fragment("files", &plan.file_headers);
    let files_of =
        format!("{files_of}\n    add_header {UNENCODED} $visor_unencoded_digest always;");
    let missing = fragment("missing", &plan.missing);
    let missing_sdk = fragment("missing-sdk", &plan.missing_sdk);
    let mut places = String::new();
    for (number, page) in plan.pages.iter().enumerate() {
        let headers = fragment(&format!("page-{number}"), &page.headers);
        let (folder, file) = page.file.split_once('/').unwrap_or(("public", &page.file));
        let body = format!(
            "    root {root}/{folder};\n    max_ranges 0;\n    {headers}\n    try_files {} =404;\n",
            quoted(&format!("/{file}"))
        );
        for path in &page.paths {
            let path = quoted(&format!("/{}", file_name(path)));
            let _ = write!(places, "location = {path} {{\n{body}}}\n");
        }
        for pattern in &page.patterns {
            let regex = quoted(&regex(pattern, "/visor-deep"));
            let _ = write!(places, "location ~ {regex} {{\n    internal;\n{body}}}\n");
        }
    }
    for (number, (path, lines)) in plan.exceptions.iter().enumerate() {
        let headers = fragment(&format!("file-{number}"), lines);
        let path = quoted(&format!("/{}", file_name(path)));
        let _ = write!(
            places,
            "location = {path} {{\n    {headers}\n    add_header {UNENCODED} $visor_unencoded_digest always;\n    gzip_static on;\n    error_page {ERRORS} @visor_file;\n    try_files $uri =404;\n}}\n"
        );
    }
    if let Some((from, to)) = &plan.redirect {
        let moved = fragment("moved", &plan.moved);
        let _ = write!(
            places,
            "location = {} {{\n    {moved}\n    return 307 {to}$is_args$args;\n}}\n",
            quoted(&format!("/{}", file_name(from)))
        );
    }
    for proxy in &plan.proxies {
        places.push_str(&proxied(proxy, plan));
    }
    let types: Vec<String> = plan
        .types
        .iter()
        .map(|(end, kind)| format!("    {} {end};\n", quoted(kind)))
        .collect();
    let types = types.concat();
    let comments = plan.comments("#");
    let sdk = quoted(&format!("/{}", file_name(&plan.sdk_folder)));
    let server = format!(
        "{comments}\
# Into `server`, next to `listen` and the certificate. `{root}` is where this export lies.\n\
root {root}/public;\nserver_tokens off;\nabsolute_redirect off;\ncharset off;\ngzip off;\ngzip_vary on;\n\
default_type application/octet-stream;\ntypes {{\n{types}}}\n\
# A `location` with an `add_header` of its own has none of these.\n{missing}\n\
# The first that names a status counts.\nerror_page {UNREAD} {UNREAD_AT};\nerror_page 404 {ERRORS} @visor_missing;\n\
location = {UNREAD_AT} {{\n    internal;\n    {missing}\n    types {{\n    }}\n    default_type \"\";\n    return 200 \"\";\n}}\n\
location @visor_missing {{\n    {missing}\n    add_header allow $visor_allow always;\n    types {{\n    }}\n    default_type \"\";\n    return 200 \"\";\n}}\n\
location @visor_file {{\n    {missing_sdk}\n    add_header allow $visor_allow always;\n    types {{\n    }}\n    default_type \"\";\n    return 200 \"\";\n}}\n\
# Pages, each with the hashes of what it runs.\n{places}\
# Compressed copies are sent in place of their files, and not as files of their own.\n\
location ~ \"^(?<visor_copied>.+)[.](?:br|gz|zst)$\" {{\n    {files_of}\n    error_page 404 @visor_missing;\n    error_page {ERRORS} @visor_file;\n    \
if (-f {root}/public$visor_copied) {{\n        return 404;\n    }}\n    try_files $uri =404;\n}}\n\
# Below it lies nothing but what is pinned.\n\
location {sdk} {{\n    {files_of}\n    gzip_static on;\n    error_page 404 {ERRORS} @visor_file;\n    try_files $uri =404;\n}}\n\
location / {{\n    {files_of}\n    gzip_static on;\n    error_page {ERRORS} @visor_file;\n    try_files $uri /visor-deep$uri;\n}}\n\
location /visor-deep/ {{\n    internal;\n    return 404;\n}}\n"
    );
    files.insert("nginx/server.conf".to_owned(), server);
    files.insert("nginx/http.conf".to_owned(), maps(plan));
    files
}

/// What an application answers: its own headers, but those that the policy owns.
fn proxied(proxy: &Proxy, plan: &Plan) -> String {
    let Proxy { path, upstream } = proxy;
    let mut out = format!("location {} {{\n", quoted(path));
    if path.ends_with('/') {
        out = format!("location ^~ {} {{\n", quoted(path));
    } else {
        out = out.replacen("location", "location =", 1);
    }
    let _ = write!(
        out,
        "    proxy_pass {upstream};\n    proxy_http_version 1.1;\n    proxy_set_header Host $host;\n    \
         proxy_headers_hash_max_size 2048;\n    proxy_headers_hash_bucket_size 128;\n    proxy_set_header Connection \"\";\n    proxy_set_header X-Forwarded-Proto $scheme;\n"
    );
    for (name, ..) in plan.api.pairs() {
        // Browsers enforce both policies.
        if !name.starts_with("content-security-policy") {
            let _ = writeln!(out, "    proxy_hide_header {name};");
        }
    }
    for name in STRIP {
        if !name.starts_with('$') {
            let _ = writeln!(out, "    proxy_hide_header {name};");
        }
    }
    for (name, page, other) in plan.api.pairs() {
        let value = if name == "cache-control" {
            "$visor_api_cache_control".to_owned()
        } else if page == other {
            quoted(page)
        } else {
            format!("$visor_api_{}", name.replace('-', "_"))
        };
        let _ = writeln!(out, "    add_header {name} {value} always;");
    }
    out.push_str("}\n");
    out
}

/// Which headers an application's answer gets is up to its type; whether it may be stored is its own
/// to say.
fn maps(plan: &Plan) -> String {
    let mut out = plan.comments("#");
    out.push_str("# Into `http`.\nmap $status $visor_allow {\n    default \"\";\n    405 \"GET, HEAD\";\n}\n");
    out.push_str("# Of a whole answer, and of no part of one.\nmap $request_method$status$http_range$uri $visor_unencoded_digest {\n    default \"\";\n");
    for (path, value) in &plan.unencoded {
        let key = format!("GET200/{}", file_name(path));
        // A longer one needs larger buckets, and those can be asked for once in a whole configuration.
        let path = if key.len() <= 46 {
            quoted(&key)
        } else {
            quoted(&format!("~^{}$", escaped(&key)))
        };
        let _ = writeln!(out, "    {path} {};", quoted(value));
    }
    out.push_str("}\n");
    if plan.proxies.is_empty() {
        return out;
    }
    let of = |name: &str| {
        let pairs = plan.api.pairs();
        let found = pairs.iter().find(|(known, ..)| *known == name);
        found.map_or(String::new(), |(_, _, other)| quoted(other))
    };
    let _ = write!(
        out,
        "map $upstream_http_cache_control $visor_api_cache_control {{\n    default $upstream_http_cache_control;\n    \"\" {};\n}}\n",
        of("cache-control")
    );
    for (name, page, other) in plan.api.pairs() {
        if page != other && name != "cache-control" {
            out.push_str(&map(
                "$upstream_http_content_type",
                "$visor_api_",
                (name, page, other),
                &[],
            ));
        }
    }
    out
}

/// One value for HTML and one for the rest.
fn map(by: &str, prefix: &str, (name, page, other): (&str, &str, &str), first: &[&str]) -> String {
    let variable = format!("{prefix}{}", name.replace('-', "_"));
    let mut parted = String::new();
    let mut value = |value: &str, of: &str| {
        let parts = parts(value);
        if let [one] = &parts[..] {
            return quoted(one);
        }
        let mut joined = String::new();
        for (index, part) in parts.iter().enumerate() {
            let name = format!("{variable}_{of}_{index}");
            let _ = writeln!(
                parted,
                "map \"\" {name} {{\n    default {};\n}}",
                quoted(part)
            );
            joined.push_str(&name);
        }
        quoted(&joined)
    };
    let (page, other) = (value(page, "page"), value(other, "other"));
    let first: Vec<String> = first.iter().map(|line| format!("    {line}\n")).collect();
    let first = first.concat();
    format!(
        "{parted}map {by} {variable} {{\n{first}    default {other};\n    \"~*^text/html\" {page};\n}}\n"
    )
}

/// Headers for a server whose files nobody listed.
///
/// A `304` has no type, so nothing tells whether what the browser has stored is a page: it keeps the
/// headers that came with it, and gets no others.
pub(super) fn kinds(kinds: &Kinds, notes: &[String]) -> Result<String, ExportFault> {
    let mut faults = Vec::new();
    for lines in [&kinds.document, &kinds.other] {
        check("the policy", lines, &mut faults);
    }
    if let Some(fault) = faults.into_iter().next() {
        return Err(fault);
    }
    let mut maps = String::new();
    let mut adds = String::new();
    for (name, page, other) in kinds.pairs() {
        let value = if page == other && parts(page).len() == 1 {
            quoted(page)
        } else {
            maps.push_str(&map(
                "\"$visor_stored$sent_http_content_type\"",
                "$visor_",
                (name, page, other),
                &["\"~^stored\" \"\";"],
            ));
            format!("$visor_{}", name.replace('-', "_"))
        };
        let _ = writeln!(adds, "add_header {name} {value} always;");
    }
    let head = head(notes, "#");
    Ok(format!(
        "{head}#\n# Into `http`:\nmap $status $visor_stored {{\n    default \"\";\n    304 \"stored\";\n}}\n{maps}\n\
         # Into `server`; a `location` with an `add_header` of its own loses all of these:\n\
         server_tokens off;\n{adds}"
    ))
}
