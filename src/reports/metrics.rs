//! Numbers in the text format of `OpenMetrics`.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::judge::ReportVerdict;
use super::snapshot::ReportSnapshot;

type Label = (&'static str, &'static str);

/// What `Content-Type` says of them.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The numbers of a moment. Names of files and pages are not in them: anybody may make them up.
pub(super) fn openmetrics(now: &ReportSnapshot) -> String {
    let mut registry = Registry::with_prefix("tower_visor");
    let taken = Family::<[Label; 2], Counter>::default();
    for count in &now.taken {
        let labels = [
            ("kind", count.kind.as_str()),
            ("verdict", count.verdict.as_str()),
        ];
        taken.get_or_create(&labels).inc_by(count.reports);
    }
    registry.register("reports", "Reports of browsers that were taken", taken);
    let noise = Family::<[Label; 1], Counter>::default();
    for count in &now.noise {
        let labels = [("rule", count.rule)];
        noise.get_or_create(&labels).inc_by(count.reports);
    }
    registry.register(
        "reports_noise",
        "Reports that no site can do anything about",
        noise,
    );
    let dropped = Family::<[Label; 1], Counter>::default();
    for (reason, reports) in &now.dropped {
        let labels = [("reason", reason.as_str())];
        dropped.get_or_create(&labels).inc_by(*reports);
    }
    registry.register("reports_dropped", "Reports that were not kept", dropped);
    let groups = Family::<[Label; 1], Gauge>::default();
    for verdict in [
        ReportVerdict::Tampered,
        ReportVerdict::Outdated,
        ReportVerdict::Open,
    ] {
        let number = now.groups.iter().filter(|group| group.verdict() == verdict);
        let number = i64::try_from(number.count()).unwrap_or(i64::MAX);
        groups
            .get_or_create(&[("verdict", verdict.as_str())])
            .set(number);
    }
    registry.register("report_groups", "Groups of reports that are kept", groups);
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => text,
        // Never: writing to a string can't fail.
        Err(_) => String::new(),
    }
}
