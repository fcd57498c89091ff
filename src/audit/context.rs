//! What an audit knows besides the response.

use std::str::FromStr;

use super::{AuditError, AuditFault, Baseline, Exception, Owners, Response, Waivers};
use crate::named::named;
use crate::pins::Pins;
use crate::sdk::{Date, Releases};
use crate::url::Url;

named! {
    /// What a response is meant to be; this decides which requirements apply.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Profile {
        /// The page that runs the liveness check: every requirement.
        #[default]
        Liveness = "liveness",
        /// Any other HTML page: no camera, no SDK.
        Document = "document",
        /// A script, a style sheet, a wasm, a picture.
        Asset = "asset",
        /// A response to a program, such as JSON with a session token.
        Api = "api",
    }
}

impl Profile {
    /// Whether it is a page that browsers show.
    pub const fn is_page(self) -> bool {
        matches!(self, Self::Liveness | Self::Document)
    }
}

impl FromStr for Profile {
    type Err = AuditError;

    /// Reads the names of [`Profile::as_str`].
    ///
    /// # Errors
    /// Anything else, such as `"page"`.
    fn from_str(text: &str) -> Result<Self, AuditError> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.as_str() == text)
            .ok_or_else(|| {
                let text = crate::foreign::word(text);
                AuditFault::Profile { text }.into()
            })
    }
}

crate::serde_text::as_text!(Profile, "`liveness`, `document`, `asset` or `api`");

/// What an audit knows besides the response: what it is meant to be, the pins, the files that the
/// page loads, the day.
///
/// It doesn't check what it isn't given, and the report says so.
///
/// ```
/// use tower_visor::audit::{Context, Profile};
///
/// let context = Context::new(Profile::Liveness).today("2026-11-23".parse()?);
/// # Ok::<(), tower_visor::sdk::ReleaseError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Context<'a> {
    pub(super) profile: Profile,
    pub(super) pins: Option<&'a Pins>,
    pub(super) resources: &'a [Response],
    pub(super) endpoint: Option<Url>,
    pub(super) releases: Option<&'a Releases>,
    pub(super) today: Option<Date>,
    pub(super) waivers: Waivers,
    pub(super) relaxed: Vec<Exception>,
    pub(super) plain: Option<&'a Response>,
    pub(super) approved: Option<&'a Baseline>,
    pub(super) owners: Option<&'a Owners>,
}

impl<'a> Context<'a> {
    /// What the response is meant to be, and nothing else.
    pub fn new(profile: Profile) -> Self {
        Self {
            profile,
            pins: None,
            resources: &[],
            endpoint: None,
            releases: None,
            today: None,
            waivers: Waivers::default(),
            relaxed: Vec::new(),
            plain: None,
            approved: None,
            owners: None,
        }
    }

    /// The pins that the SDK's files must agree with.
    pub const fn pins(mut self, pins: &'a Pins) -> Self {
        self.pins = Some(pins);
        self
    }

    /// The files that the page loads, as the server sends them now: scripts, style sheets, wasm.
    /// Files that the page names and that aren't here are listed as not checked.
    pub const fn resources(mut self, resources: &'a [Response]) -> Self {
        self.resources = resources;
        self
    }

    /// The URL of the Face endpoint that the page has to reach.
    pub fn endpoint(mut self, endpoint: Url) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// Another table of releases than the built-in one.
    pub const fn releases(mut self, releases: &'a Releases) -> Self {
        self.releases = Some(releases);
        self
    }

    /// The day to judge the SDK's version by. An audit reads no clock: without a day it only says
    /// which version it saw.
    pub const fn today(mut self, today: Date) -> Self {
        self.today = Some(today);
        self
    }

    /// Findings that were accepted, with the reasons.
    pub fn waivers(mut self, waivers: Waivers) -> Self {
        self.waivers = waivers;
        self
    }

    /// The page as a plain request received it, without a browser: [`observed`](super::observed) compares
    /// the browser's with it, as it does with the files of [`resources`](Self::resources).
    pub const fn plain(mut self, page: &'a Response) -> Self {
        self.plain = Some(page);
        self
    }

    /// The approved state: what a browser ran, and which hosts it contacted, when somebody reviewed it.
    pub const fn approved(mut self, baseline: &'a Baseline) -> Self {
        self.approved = Some(baseline);
        self
    }

    /// Who owns each script, and why it is there.
    pub const fn owners(mut self, owners: &'a Owners) -> Self {
        self.owners = Some(owners);
        self
    }

    /// What was fetched for a URL that the page loads.
    pub(super) fn resource(&self, url: &Url) -> Option<&'a Response> {
        self.resources.iter().find(|resource| resource.url() == url)
    }

    /// What the server's policy deliberately weakens, and why. Reports list it, and findings that
    /// result from it are accepted with that reason, as by a waiver: nobody has to say it twice.
    ///
    /// ```
    /// use tower_visor::audit::{Context, Exception, Profile};
    /// # let policy = tower_visor::Policy::api().compile()?;
    ///
    /// let relaxed = policy.relaxed().iter(); // of a `CompiledPolicy`
    /// let relaxed = relaxed.map(|one| Exception::new(one.what().to_string(), one.reason().as_str()));
    /// let context = Context::new(Profile::Document).relaxed(relaxed);
    /// # Ok::<(), tower_visor::errors::Errors<tower_visor::policy::PolicyError>>(())
    /// ```
    pub fn relaxed(mut self, relaxed: impl IntoIterator<Item = Exception>) -> Self {
        self.relaxed = relaxed.into_iter().collect();
        self
    }
}
