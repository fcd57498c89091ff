//! The checks: one file per subject, each a function of the same [`Input`].

mod csp;
mod transport;

use super::code::Code;
use super::finding::Sink;
use super::{Context, Profile, Response};
use crate::csp::PolicyList;

/// A check finds what it finds; none stops another.
pub(super) type Check = fn(&Input<'_>, &mut Sink);

/// All checks.
pub(super) const CHECKS: &[Check] = &[transport::check, csp::check];

/// All codes, in the order of the manual.
pub(super) const CODES: &[&[Code]] = &[transport::CODES, csp::CODES];

/// What checks look at: the response, and the readings that several of them need.
pub(super) struct Input<'a> {
    pub(super) response: &'a Response,
    pub(super) context: &'a Context<'a>,
    /// The enforced policies of the headers.
    pub(super) csp: PolicyList,
    /// The policies that are only reported.
    pub(super) report_only: PolicyList,
}

impl<'a> Input<'a> {
    pub(super) fn new(response: &'a Response, context: &'a Context<'a>) -> Self {
        Self {
            response,
            context,
            csp: PolicyList::effective(response.values("content-security-policy")),
            report_only: PolicyList::report_only(
                response.values("content-security-policy-report-only"),
            ),
        }
    }

    pub(super) const fn profile(&self) -> Profile {
        self.context.profile
    }
}
