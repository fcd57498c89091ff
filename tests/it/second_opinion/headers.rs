//! Other headers and integrity metadata, as Chromium's and Gecko's own tests read them.

use serde_json::{Value, json};
use tower_visor::header::{
    CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, DocumentIsolationPolicy, EffectiveHsts,
    Framing, OriginAgentCluster, PermissionsPolicy, StrictTransportSecurity, XContentTypeOptions,
    XFrameOptions,
};
use tower_visor::sri::{Entry, Integrity};

use super::{Answer, same, text};

macro_rules! isolation {
    ($name:ident, $type:ident) => {
        pub(super) fn $name(case: &Value) -> Answer {
            let read = $type::effective([text(case, "value")?]);
            let endpoint = read.endpoint().map(ToString::to_string);
            same(
                &json!([case["policy"], case["report_to"]]),
                &json!([read.value().as_str(), endpoint]),
            )
        }
    };
}

isolation!(opener, CrossOriginOpenerPolicy);
isolation!(embedder, CrossOriginEmbedderPolicy);
isolation!(document, DocumentIsolationPolicy);

pub(super) fn hsts(case: &Value) -> Answer {
    let read = StrictTransportSecurity::effective([text(case, "value")?]);
    let max_age = read.as_ref().map(|read| read.max_age().as_secs());
    let subdomains = read.as_ref().map(EffectiveHsts::includes_subdomains);
    let expected = &case["max_age"];
    // "max" is a year in Chromium, which keeps no longer time than that.
    let same_age = if expected == "max" {
        max_age.is_some_and(|seconds| seconds >= 31_536_000)
    } else {
        *expected == json!(max_age)
    };
    if same_age && (case["include_subdomains"].as_bool() == subdomains || expected.is_null()) {
        Ok(())
    } else {
        Err(format!("read: {read:?}"))
    }
}

pub(super) fn agent_cluster(case: &Value) -> Answer {
    let read = match OriginAgentCluster::effective([text(case, "value")?]) {
        None => "Absent",
        Some(OriginAgentCluster::OriginKeyed) => "True",
        Some(OriginAgentCluster::SiteKeyed) => "False",
    };
    same(&case["policy"], &read)
}

pub(super) fn content_type_options(case: &Value) -> Answer {
    let read = XContentTypeOptions::effective([text(case, "value")?]);
    same(&case["nosniff"], &read.is_some())
}

pub(super) fn frame_options(case: &Value) -> Answer {
    // What Chromium tells apart and a page around can't: who may frame is compared.
    let expected = match text(case, "policy")? {
        "None" | "Invalid" | "AllowAll" => Framing::Anyone,
        "SameOrigin" => Framing::SameOrigin,
        "Deny" | "Conflict" => Framing::Nobody,
        other => return Err(format!("no reader for {other}")),
    };
    let read = XFrameOptions::effective(case["value"].as_str());
    if read == expected {
        Ok(())
    } else {
        Err(format!("read: {read:?}"))
    }
}

pub(super) fn permissions(case: &Value) -> Answer {
    let read = PermissionsPolicy::effective([text(case, "value")?]);
    let mut expected: Vec<String> = Vec::new();
    for entry in case["expected"].as_array().ok_or("no list")? {
        let mut origins = Vec::new();
        for origin in entry["origins"].as_array().ok_or("no origins")? {
            let name = origin[0].as_str().ok_or("an origin without a name")?;
            let name = name.trim_end_matches('/');
            origins.push(if origin[1] == true {
                name.replacen("://", "://*.", 1)
            } else {
                name.to_owned()
            });
        }
        origins.sort();
        expected.push(format!(
            "{}: self {}, everyone {}, {origins:?}",
            entry["feature"].as_str().ok_or("no feature")?,
            entry["self"],
            entry["everyone"]
        ));
    }
    let mut found: Vec<String> = read
        .iter()
        .map(|(feature, list)| {
            let origins = list.origins().iter();
            let mut origins: Vec<&str> =
                origins.map(|origin| origin.trim_end_matches('/')).collect();
            origins.sort_unstable();
            format!(
                "{feature}: self {}, everyone {}, {origins:?}",
                list.allows_self() && !list.allows_everyone(),
                list.allows_everyone()
            )
        })
        .collect();
    expected.sort();
    found.sort();
    same(&json!(expected), &found)
}

pub(super) fn integrity(case: &Value) -> Answer {
    let read = Integrity::effective(text(case, "integrity")?);
    let entries: Vec<Value> = read
        .entries()
        .iter()
        .filter_map(|entry| match &entry.entry {
            Entry::Digest(digest) => Some((digest.algorithm(), entry)),
            Entry::NeverMatches { algorithm, .. } => Some((*algorithm, entry)),
            _ => None,
        })
        .map(|(algorithm, entry)| {
            // The bytes as they are compared: in standard base64, and without options.
            let encoded = entry.text.split('?').next().unwrap_or_default();
            let encoded = encoded
                .trim_start_matches("sha")
                .trim_start_matches('-')
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .trim_start_matches('-');
            json!([
                algorithm.as_str(),
                encoded.replace('-', "+").replace('_', "/")
            ])
        })
        .collect();
    same(&case["entries"], &entries)
}
