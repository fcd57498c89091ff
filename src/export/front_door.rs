//! Azure Front Door: a rule set, as a Bicep file.

use std::fmt::Write as _;

use super::limits::most;
use super::pattern::regex;
use super::plan::{Kinds, Lines, Plan, file_name, head, value_of};
use super::{Counted, ExportFault, Hosting};

const HOSTING: Hosting = Hosting::AzureFrontDoor;

/// Text between single quotes.
fn quoted(value: &str) -> String {
    let escaped = value
        .replace('\\', "\\\\")
        .replace('\'', "\\'")
        .replace("${", "\\${");
    format!("'{escaped}'")
}

/// One action, as it stands in the list of a rule.
fn header(kind: &str, name: &str, value: &str) -> String {
    format!(
        "      {{\n        name: 'ModifyResponseHeader'\n        parameters: {{\n          typeName: \
         'DeliveryRuleHeaderActionParameters'\n          headerAction: '{kind}'\n          headerName: '{name}'\n          \
         value: {}\n        }}\n      }}\n",
        quoted(value)
    )
}

/// A value in pieces: what is appended follows what is there without a sign between. Spaces at the ends
/// of a piece might be lost, so none has any.
fn pieces(value: &str) -> Vec<&str> {
    let most = most(HOSTING, Counted::Value).unwrap_or(usize::MAX);
    let mut pieces = Vec::new();
    let mut rest = value;
    while rest.len() > most {
        let is_fit = |at: &usize| {
            let inside =
                |index: usize| rest.as_bytes().get(index).is_some_and(|byte| *byte != b' ');
            rest.is_char_boundary(*at) && inside(*at) && inside(at.saturating_sub(1))
        };
        let at = (1..=most).rev().find(is_fit).unwrap_or(most);
        let (piece, after) = rest.split_at(at);
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

fn actions(lines: &Lines, others: &Lines) -> Vec<String> {
    let mut actions = Vec::new();
    for (name, _) in others
        .iter()
        .filter(|(name, _)| value_of(lines, name).is_empty())
    {
        actions.push(header("Delete", name, ""));
    }
    for (name, value) in lines
        .iter()
        .filter(|(name, value)| value_of(others, name) != value)
    {
        let mut kind = "Overwrite";
        for piece in pieces(value) {
            actions.push(header(kind, name, piece));
            kind = "Append";
        }
    }
    actions
}

/// Rules of as many actions as one may have.
#[derive(Default)]
struct Rules {
    text: String,
    count: usize,
}

impl Rules {
    fn add(&mut self, name: &str, condition: &str, actions: &[String]) {
        let most = most(HOSTING, Counted::Actions).unwrap_or(usize::MAX);
        for (number, actions) in actions.chunks(most).enumerate() {
            self.count += 1;
            let (count, actions) = (self.count, actions.concat());
            let after = match count {
                1 => String::new(),
                // Front Door takes one change of a rule set at a time.
                _ => format!("  dependsOn: [\n    rule{}\n  ]\n", count - 1),
            };
            let _ = write!(
                self.text,
                "\nresource rule{count} 'Microsoft.Cdn/profiles/ruleSets/rules@2024-02-01' = {{\n  parent: ruleSet\n  \
                 name: '{name}{number}'\n{after}  properties: {{\n    order: {count}\n    matchProcessingBehavior: \
                 'Continue'\n    conditions: [\n{condition}    ]\n    actions: [\n{actions}    ]\n  }}\n}}\n"
            );
        }
    }

    fn finish(self, head: &str) -> Result<String, ExportFault> {
        let most = most(HOSTING, Counted::Rules).unwrap_or(usize::MAX);
        if self.count > most {
            return Err(ExportFault::TooMany {
                hosting: HOSTING,
                what: "rules in a rule set",
                count: self.count,
                most,
                way: "leave pages out with `without`, or export for the server behind it",
            });
        }
        Ok(format!(
            "{head}param profileName string\nparam ruleSetName string = 'visor'\n\n\
             resource profile 'Microsoft.Cdn/profiles@2024-02-01' existing = {{\n  name: profileName\n}}\n\n\
             resource ruleSet 'Microsoft.Cdn/profiles/ruleSets@2024-02-01' = {{\n  parent: profile\n  name: \
             ruleSetName\n}}\n{}",
            self.text
        ))
    }
}

/// A condition on the path, which has no slash at its front there.
fn path_is(operator: &str, values: &[String]) -> String {
    let values = values.iter();
    let values: Vec<String> = values
        .map(|value| format!("            {}\n", quoted(value)))
        .collect();
    let values = values.concat();
    format!(
        "      {{\n        name: 'UrlPath'\n        parameters: {{\n          typeName: \
         'DeliveryRuleUrlPathMatchConditionParameters'\n          operator: '{operator}'\n          matchValues: \
         [\n{values}          ]\n        }}\n      }}\n"
    )
}

pub(super) fn write(plan: &Plan, faults: &mut Vec<ExportFault>) -> Option<String> {
    let mut rules = Rules::default();
    rules.add("files", "", &actions(&plan.file_headers, &Lines::new()));
    for (number, (pattern, page)) in plan.deep().enumerate() {
        let place = format!("/{}", file_name(page.file.trim_start_matches("public")));
        let rewrite = format!(
            "      {{\n        name: 'UrlRewrite'\n        parameters: {{\n          typeName: \
             'DeliveryRuleUrlRewriteActionParameters'\n          sourcePattern: '/'\n          destination: {}\n          \
             preserveUnmatchedPath: false\n        }}\n      }}\n",
            quoted(&place)
        );
        let mut all = actions(&page.headers, &plan.file_headers);
        all.push(rewrite);
        let regex = regex(pattern, "").replacen("^(", "^/?(", 1);
        let regex = regex.replacen(")/", ")/?", 1);
        rules.add(&format!("deep{number}x"), &path_is("RegEx", &[regex]), &all);
    }
    // All rules that fit have their say, one after the other.
    let before = |path: &str| plan.before(|pattern| pattern.matches(path));
    for (number, page) in plan.pages.iter().enumerate() {
        let of = |path: &String| match path.trim_start_matches('/') {
            "" => "/".to_owned(),
            path => path.to_owned(),
        };
        let is_deep = |path: &&String| plan.deep().any(|(pattern, _)| pattern.matches(path));
        let (inner, outer): (Vec<&String>, Vec<&String>) = page.paths.iter().partition(is_deep);
        for (kind, paths) in [("page", outer), ("inner", inner)] {
            let Some(first) = paths.first() else { continue };
            let own = actions(&page.headers, before(first));
            let paths: Vec<String> = paths.into_iter().map(of).collect();
            rules.add(&format!("{kind}{number}x"), &path_is("Equal", &paths), &own);
        }
    }
    for (number, (path, lines)) in plan.exceptions.iter().enumerate() {
        let condition = path_is("Equal", &[path.trim_start_matches('/').to_owned()]);
        let own = actions(lines, before(path));
        rules.add(&format!("file{number}x"), &condition, &own);
    }
    let head = format!(
        "{}// The profile and its routes are yours; the origin serves `public`.\n",
        plan.comments("//")
    );
    rules.finish(&head).map_err(|fault| faults.push(fault)).ok()
}

/// Every response gets the headers of a page.
pub(super) fn kinds(kinds: &Kinds, notes: &[String]) -> Result<String, ExportFault> {
    let mut rules = Rules::default();
    rules.add("headers", "", &actions(&kinds.document, &Lines::new()));
    let head = format!(
        "{}// Every response gets the headers of a page; the profile and the rule set are the caller's.\n",
        head(notes, "//")
    );
    rules.finish(&head)
}
