//! Which parameters of structured fields no browser obeys.

use http::HeaderName;
use sfv::BareItemFromInput;

use super::sf::{self, Parameter, Value};
use super::text::combined;
use super::{
    CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, DocumentIsolationPolicy, IntegrityPolicy,
    OriginAgentCluster, PermissionsPolicy, ReportingEndpoints, Waict,
};

/// Where a header may have parameters that count: only `report-to` does, and not everywhere.
enum Shape {
    /// One item, with this kind of value for `report-to`.
    Item(Option<ReportTo>),
    /// A dictionary, with the same behind its members.
    Dictionary(Option<ReportTo>),
}

#[derive(Clone, Copy)]
enum ReportTo {
    String,
    StringOrToken,
}

impl ReportTo {
    const fn takes(self, value: &BareItemFromInput<'_>) -> bool {
        match value {
            BareItemFromInput::String(_) => true,
            BareItemFromInput::Token(_) => matches!(self, Self::StringOrToken),
            _ => false,
        }
    }
}

fn shape(header: &HeaderName) -> Option<Shape> {
    let of = |names: &[HeaderName]| names.contains(header);
    if of(&[
        CrossOriginOpenerPolicy::NAME,
        CrossOriginOpenerPolicy::REPORT_ONLY_NAME,
        CrossOriginEmbedderPolicy::NAME,
        CrossOriginEmbedderPolicy::REPORT_ONLY_NAME,
        DocumentIsolationPolicy::NAME,
        DocumentIsolationPolicy::REPORT_ONLY_NAME,
    ]) {
        Some(Shape::Item(Some(ReportTo::String)))
    } else if of(&[OriginAgentCluster::NAME]) {
        Some(Shape::Item(None))
    } else if of(&[PermissionsPolicy::NAME, PermissionsPolicy::REPORT_ONLY_NAME]) {
        Some(Shape::Dictionary(Some(ReportTo::StringOrToken)))
    } else if of(&[
        IntegrityPolicy::NAME,
        IntegrityPolicy::REPORT_ONLY_NAME,
        ReportingEndpoints::NAME,
        Waict::NAME,
    ]) {
        Some(Shape::Dictionary(None))
    } else {
        None
    }
}

/// The parameters that browsers read past, each as `;key` behind the member that has it. None for
/// headers without parameters, and where the whole header is dropped.
pub(crate) fn ignored_parameters(
    header: &HeaderName,
    values: impl IntoIterator<Item = impl AsRef<[u8]>>,
) -> Vec<String> {
    let all = combined(values).unwrap_or_default();
    let mut ignored = Vec::new();
    match shape(header) {
        None => {}
        Some(Shape::Item(report_to)) => {
            if let Ok(item) = sf::item(&all) {
                add(&mut ignored, "", &item.parameters, report_to);
            }
        }
        Some(Shape::Dictionary(report_to)) => {
            for entry in sf::dictionary("", &all, "").unwrap_or_default() {
                match &entry.value {
                    Value::Item(item) => add(&mut ignored, entry.key, &item.parameters, report_to),
                    Value::List { items, parameters } => {
                        for item in items {
                            add(&mut ignored, entry.key, &item.parameters, None);
                        }
                        add(&mut ignored, entry.key, parameters, report_to);
                    }
                }
            }
        }
    }
    ignored
}

fn add(
    ignored: &mut Vec<String>,
    member: &str,
    parameters: &[Parameter<'_>],
    report_to: Option<ReportTo>,
) {
    for (key, value) in parameters {
        let counts = key.as_str() == "report-to" && report_to.is_some_and(|kind| kind.takes(value));
        if !counts {
            ignored.push(format!("{member};{}", key.as_str()));
        }
    }
}
