//! Policies, as Chromium's, Gecko's and salvation's own tests read them.

use serde_json::Value;
use tower_visor::csp::{
    Csp, DirectiveName, ExternalScript, HostPattern, Inline, PolicyList, PortPattern,
    SourceExpression,
};
use tower_visor::url::{Origin, Url};

use super::{Answer, same, text};

/// The origin of a page that no case speaks of: for pages whose own origin matches nothing.
const NOWHERE: &str = "https://nowhere.invalid";

/// The page's origin, which some cases name by a URL of the page.
fn origin(case: &Value) -> Result<Origin, String> {
    let own = case["self"].as_str().unwrap_or(NOWHERE);
    let url = Url::effective(own).map_err(|error| format!("self: {error}"))?;
    match url.origin() {
        Some(origin) => Ok(origin.clone()),
        None => NOWHERE.parse().map_err(|error| format!("self: {error}")),
    }
}

fn url(case: &Value) -> Result<Url, String> {
    Url::effective(text(case, "url")?).map_err(|error| format!("url: {error}"))
}

fn policies(case: &Value, key: &str) -> PolicyList {
    match &case[key] {
        Value::String(policy) => PolicyList::effective([policy]),
        Value::Array(all) => PolicyList::effective(all.iter().filter_map(Value::as_str)),
        _ => PolicyList::default(),
    }
}

fn directive(case: &Value) -> Result<DirectiveName, String> {
    let name = text(case, "directive")?;
    name.parse().map_err(|error| format!("directive: {error}"))
}

pub(super) fn urls(case: &Value) -> Answer {
    let list = policies(case, "policy");
    let (name, page) = (directive(case)?, origin(case)?);
    let url = match url(case) {
        Ok(url) => url,
        // Nothing can be asked for by it.
        Err(_) if case["allowed"] == false => return Ok(()),
        Err(why) => return Err(why),
    };
    let allowed = if case["redirect"] == true {
        list.allows_redirect_to(name, &url, &page)
    } else {
        list.allows_url(name, &url, &page)
    };
    same(&case["allowed"], &allowed)
}

pub(super) fn external_scripts(case: &Value) -> Answer {
    let key = if case["policies"].is_array() {
        "policies"
    } else {
        "policy"
    };
    let list = policies(case, key);
    let (url, page) = (url(case)?, origin(case)?);
    let mut script = ExternalScript::new(&url)
        .nonce(text(case, "nonce")?)
        .integrity(text(case, "integrity")?);
    if case["parser_inserted"] == false {
        script = script.added_by_script();
    }
    same(
        &case["allowed"],
        &list.allows_external_script(&script, &page),
    )
}

pub(super) fn inline(case: &Value) -> Answer {
    // Where a case has no text, it has no hash of it either.
    let code = case["text"].as_str().unwrap_or("x()");
    let inline = match text(case, "kind")? {
        "script" => Inline::script(code),
        "style" => Inline::style(code),
        "handler" => Inline::event_handler(code),
        "style-attribute" => Inline::style_attribute(code),
        "javascript" | "javascript-url" | "navigation" => Inline::javascript_url(code),
        other => return Err(format!("no reader for the kind {other}")),
    };
    let inline = inline.nonce(case["nonce"].as_str().unwrap_or_default());
    same(
        &case["allowed"],
        &policies(case, "policy").allows_inline(&inline),
    )
}

pub(super) fn eval(case: &Value) -> Answer {
    same(&case["allowed"], &policies(case, "policy").allows_eval())
}

pub(super) fn subsumption(case: &Value) -> Answer {
    let points = policies(case, "returned").weakenings(&policies(case, "required"), &origin(case)?);
    same(&case["subsumes"], &points.is_empty()).map_err(|why| format!("{why}: {points:?}"))
}

/// The sources that are left of a list.
fn sources(name: &str, value: &str) -> Vec<SourceExpression> {
    let list = PolicyList::effective([format!("{name} {value}")]);
    let policies = list.policies().iter();
    policies
        .flat_map(tower_visor::csp::EffectivePolicy::directives)
        .flat_map(tower_visor::csp::EffectiveDirective::sources)
        .cloned()
        .collect()
}

pub(super) fn hashes(case: &Value) -> Answer {
    let read = sources("script-src", text(case, "source")?);
    let (algorithm, bytes) = match &read[..] {
        [SourceExpression::Hash(hash)] => (Some(hash.algorithm().as_str()), hash.as_bytes()),
        _ => (None, &[][..]),
    };
    same(
        &serde_json::json!([case["algorithm"], case["bytes"]]),
        &serde_json::json!([algorithm, bytes]),
    )
}

pub(super) fn nothing_left(case: &Value) -> Answer {
    let read = sources("script-src", text(case, "sources")?);
    same(&case["none"], &read.is_empty())
}

pub(super) fn quoted(case: &Value) -> Answer {
    let mut read: Vec<String> = sources("script-src", text(case, "value")?)
        .iter()
        .map(ToString::to_string)
        .collect();
    read.sort();
    same(&case["expected"], &read)
}

pub(super) fn source_lists(case: &Value) -> Answer {
    let name = directive(case)?;
    let list = policies(case, "policy");
    let read = list.policies().iter().find_map(|list| list.directive(name));
    let read = read.map(|directive| directive.sources().to_vec());
    let (mut own, mut any, mut others) = (false, false, Vec::new());
    for source in read.unwrap_or_default() {
        let (mut scheme, mut host, mut port, mut path) = (String::new(), String::new(), -1, "");
        let (mut host_wildcard, mut port_wildcard) = (false, false);
        match &source {
            SourceExpression::SelfOrigin => own = true,
            SourceExpression::Any => any = true,
            SourceExpression::Scheme(only) => only.scheme().clone_into(&mut scheme),
            SourceExpression::Host(source) => {
                source.scheme().unwrap_or_default().clone_into(&mut scheme);
                match source.host() {
                    HostPattern::Any => host_wildcard = true,
                    HostPattern::Subdomains(name) => {
                        host_wildcard = true;
                        name.clone_into(&mut host);
                    }
                    HostPattern::Exact(name) => name.clone_into(&mut host),
                }
                match source.port() {
                    Some(PortPattern::Any) => port_wildcard = true,
                    Some(PortPattern::Number(number)) => port = i64::from(number),
                    _ => {}
                }
                path = source.path().unwrap_or_default();
            }
            other => return Err(format!("no reader for {other}")),
        }
        if matches!(source, SourceExpression::SelfOrigin | SourceExpression::Any) {
            continue;
        }
        others.push(serde_json::json!({
            "scheme": scheme, "host": host, "port": port, "path": path,
            "host_wildcard": host_wildcard, "port_wildcard": port_wildcard,
        }));
    }
    same(
        &case["expected"],
        &serde_json::json!({"sources": others, "self": own, "star": any}),
    )
}

pub(super) fn requires_trusted_types(case: &Value) -> Answer {
    let list = policies(case, "policy");
    let required = list
        .policies()
        .iter()
        .any(tower_visor::csp::EffectivePolicy::requires_trusted_types);
    same(&case["script"], &required)
}

pub(super) fn trusted_types(case: &Value) -> Answer {
    let list = PolicyList::effective([format!("trusted-types {}", text(case, "directive")?)]);
    let policy = list.policies().first().ok_or("no policy")?;
    let directive = policy.directive(DirectiveName::TrustedTypes);
    let tokens = directive.ok_or("no directive")?.tokens();
    let has = |token: &str| tokens.iter().any(|own| own == token);
    for (key, expected) in [("allowed", true), ("not_allowed", false)] {
        for name in case[key].as_array().ok_or("no names")? {
            let name = name.as_str().ok_or("a name that is not a text")?;
            if (has("*") || has(name)) != expected {
                return Err(format!("{name}: read as {tokens:?}"));
            }
        }
    }
    same(&case["duplicates"], &has("'allow-duplicates'"))
}

/// Gecko writes a policy out with the page's scheme before every host, the page's origin for
/// `'self'`, and paths decoded; so are both sides written here, each source once and in order.
pub(super) fn written_by_gecko(case: &Value) -> Answer {
    // Separators of policies to any other reader.
    let expected = text(case, "expected")?.replace(',', "%2c");
    let directives = expected
        .split("; ")
        .map(|directive| directive.replace(';', "%3b"));
    let expected = directives.collect::<Vec<_>>().join("; ");
    same(
        &Value::from(as_gecko_writes(&PolicyList::effective([expected]))),
        &as_gecko_writes(&policies(case, "policy")),
    )
}

fn as_gecko_writes(list: &PolicyList) -> String {
    const SELF: &str = "http://www.selfuri.com";
    let mut policies = Vec::new();
    for policy in list.policies() {
        let mut directives = Vec::new();
        for directive in policy.directives() {
            let mut words: Vec<String> = directive.tokens().to_vec();
            if directive.name() == DirectiveName::ReportUri {
                for word in &mut words {
                    if let Some(path) = word.strip_prefix('/') {
                        *word = format!("{SELF}/{path}");
                    }
                    *word = word.trim_end_matches('/').to_owned();
                }
            }
            words.extend(directive.sources().iter().map(|source| match source {
                SourceExpression::SelfOrigin => SELF.to_owned(),
                SourceExpression::Host(host) if host.scheme().is_none() => {
                    format!("http://{host}")
                }
                source => source.to_string(),
            }));
            for word in &mut words {
                *word = word.replace("%3b", ";").replace("%3B", ";");
                *word = word.replace("%2c", ",").replace("%2C", ",");
            }
            words.sort();
            words.dedup();
            directives.push(format!("{} {}", directive.name(), words.join(" ")));
        }
        policies.push(directives.join("; "));
    }
    policies.join(", ")
}

/// What salvation complains about is refused, warned of or dropped here, and what it takes without
/// a word a browser takes here.
pub(super) fn complaints(case: &Value) -> Answer {
    let policy = text(case, "policy")?;
    let errors = case["errors"].as_array().ok_or("no list of errors")?;
    let read = PolicyList::effective([policy]);
    let strict = policy.parse::<Csp>();
    let complaint = match &strict {
        _ if !read.dropped().is_empty() => Some(format!("{:?}", read.dropped())),
        Err(faults) => Some(faults.to_string()),
        Ok(csp) if !csp.warnings().is_empty() => Some(format!("{:?}", csp.warnings())),
        Ok(_) => None,
    };
    match (errors.is_empty(), complaint) {
        (true, _) if read.dropped().is_empty() => Ok(()),
        (false, Some(_)) => Ok(()),
        (_, complaint) => Err(format!("{complaint:?}")),
    }
}
