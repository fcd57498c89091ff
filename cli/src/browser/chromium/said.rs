//! The console, and what policies blocked.

use serde::de::DeserializeOwned;
use serde_json::Value;
use tower_visor::audit::{BrokenRule, ConsoleLine, Observation};

use super::events::{Argument, Called, Issued, Logged, Thrown};

/// Reads the parameters of an event; what has another form is nothing.
fn read<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

/// Takes up an event of these.
pub(super) fn said(method: &str, params: Value, seen: &mut Observation) {
    /// More lines help nobody, and a page may write as many as it likes.
    const MOST: usize = 500;
    match method {
        "Runtime.consoleAPICalled" if seen.console.len() < MOST => {
            let Some(Called { kind, args }) = read(params) else {
                return;
            };
            let words: Vec<String> = args.into_iter().map(Argument::text).collect();
            seen.console.push(ConsoleLine::new(&kind, &words.join(" ")));
        }
        "Runtime.exceptionThrown" if seen.console.len() < MOST => {
            let Some(Thrown {
                exception_details: thrown,
            }) = read(params)
            else {
                return;
            };
            let text = thrown.exception.map(Argument::text).unwrap_or(thrown.text);
            seen.console.push(ConsoleLine::new("error", &text));
        }
        "Log.entryAdded" if seen.console.len() < MOST => {
            let Some(Logged { entry }) = read(params) else {
                return;
            };
            let text = &entry.text;
            let mut rules = [
                ("'integrity' attribute", "integrity"),
                ("`unencoded-digest`", "unencoded-digest"),
            ]
            .into_iter();
            if let Some((_, rule)) = rules.find(|(words, _)| text.contains(words)) {
                // Quoted or not, and with what ends the sentence.
                let mut words = text.split(['\'', ' ']);
                let file = words.find(|word| word.contains("://"));
                let file = file.map(|word| word.trim_end_matches('.'));
                let blocked = file.map(Observation::address).unwrap_or_default();
                violated(BrokenRule::new(rule, &blocked), seen);
            }
            let url = entry
                .url
                .map(|url| format!(" ({})", Observation::address(&url)));
            let text = format!("{}{}", entry.text, url.unwrap_or_default());
            seen.console.push(ConsoleLine::new(&entry.level, &text));
        }
        "Audits.issueAdded" => {
            let Some(Issued { issue }) = read(params) else {
                return;
            };
            let details = issue.details.content_security_policy_issue_details;
            if let (Some(csp), "ContentSecurityPolicyIssue") = (details, &*issue.code) {
                let kind = &*csp.content_security_policy_violation_type;
                let blocked = match csp.blocked_url {
                    Some(url) if !url.is_empty() => Observation::address(&url),
                    _ => match kind {
                        "kEvalViolation" => "eval".to_owned(),
                        "kWasmEvalViolation" => "wasm-eval".to_owned(),
                        kind if kind.starts_with("kTrustedTypes") => "trusted types".to_owned(),
                        _ => "inline".to_owned(),
                    },
                };
                let mut rule = BrokenRule::new(&csp.violated_directive, &blocked);
                rule.source = csp.source_code_location.map(|place| {
                    let url = Observation::address(&place.url);
                    format!(
                        "{url}:{}:{}",
                        place.line_number + 1,
                        place.column_number + 1
                    )
                });
                if csp.is_report_only {
                    "report".clone_into(&mut rule.disposition);
                }
                violated(rule, seen);
            }
        }
        _ => {}
    }
}

fn violated(rule: BrokenRule, seen: &mut Observation) {
    if seen.violations.len() < 500 && !seen.violations.contains(&rule) {
        seen.violations.push(rule);
    }
}

impl Argument {
    fn text(self) -> String {
        match self.value {
            Some(Value::String(text)) => text,
            Some(value) => value.to_string(),
            None => self.description.unwrap_or_default(),
        }
    }
}
