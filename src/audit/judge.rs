//! The audit of one response.

use super::checks::CHECKS;
use super::input::Input;
use super::sink::Sink;
use super::{Context, Report, Response};

/// Judges a response.
///
/// Never fails: whatever a server sends, there is something to say about it.
pub fn audit(response: &Response, context: &Context<'_>) -> Report {
    let mut report = Report::new(response, context);
    let mut sink = Sink::new(response.place());
    let input = Input::new(response, context);
    report.policies_of_the_page(&input.csp);
    for check in CHECKS {
        check(&input, &mut sink);
    }
    report.inventory = std::mem::take(&mut sink.inventory);
    report.sdk = sink.sdk.take();
    report.finish(sink, context);
    report
}
