//! `visor headers`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use http::HeaderMap;
use tower_visor::escape;
use tower_visor::export::{self, Hosting};
use tower_visor::policy::{CompiledPolicy, HostKind};
use tower_visor::response::ResponseClass;

use crate::fault::Fault;
use crate::input;
use crate::outcome::{self, Outcome};

#[derive(Args, Debug)]
pub(crate) struct Headers {
    /// The policy, as TOML or JSON
    #[arg(short, long, value_name = "FILE")]
    pub(crate) policy: PathBuf,

    /// The SDK's lock file: the policy must be for its version and folder, and gets its style hashes
    #[arg(short, long, alias = "pins", value_name = "FILE")]
    pub(crate) lock: Option<PathBuf>,

    /// How to print
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Each kind of response with its headers
    Text,
    /// The same as one JSON document
    Json,
    /// For `include` in a `server` or `location` of nginx
    Nginx,
    /// For a virtual host or `.htaccess` of Apache (`mod_headers`, 2.4.10 or newer)
    Apache,
    /// For a site of a Caddyfile
    Caddy,
    /// staticwebapp.config.json of Azure Static Web Apps
    AzureStaticWebApps,
    /// Rule set of Azure Front Door, as a Bicep file
    AzureFrontDoor,
    /// `_headers` of Cloudflare Pages
    CloudflarePages,
    /// `_headers` of Netlify
    Netlify,
    /// vercel.json
    Vercel,
    /// Two sets of headers as JSON, for a middleware of Node.js
    Node,
}

impl Format {
    fn hosting(self) -> Option<Hosting> {
        Some(match self {
            Self::Text | Self::Json => return None,
            Self::Nginx => Hosting::Nginx,
            Self::Apache => Hosting::Apache,
            Self::Caddy => Hosting::Caddy,
            Self::AzureStaticWebApps => Hosting::AzureStaticWebApps,
            Self::AzureFrontDoor => Hosting::AzureFrontDoor,
            Self::CloudflarePages => Hosting::CloudflarePages,
            Self::Netlify => Hosting::Netlify,
            Self::Vercel => Hosting::Vercel,
            Self::Node => Hosting::Node,
        })
    }
}

pub(crate) fn run(arguments: &Headers) -> Result<Outcome, Fault> {
    let policy = input::policy(&arguments.policy)?;
    let name = input::name(&arguments.policy);
    let policy = match &arguments.lock {
        None => policy,
        Some(file) => policy
            .pinned(&input::lock(file)?)
            .map_err(|errors| Fault::new(&name, &errors))?,
    };
    let compiled = policy
        .compile()
        .map_err(|errors| Fault::new(&name, &errors))?;
    let text = match (arguments.format.hosting(), arguments.format) {
        (Some(hosting), _) => {
            let text = export::headers(compiled, hosting);
            let text = text.map_err(|error| Fault::new(&name, &error))?;
            // Not every format has comments.
            let warnings = compiled.warnings().iter();
            outcome::tell(warnings.map(|warning| format!("warning: {warning}")));
            text
        }
        (None, Format::Json) => json(compiled),
        (None, _) => text(compiled),
    };
    Ok(text.into())
}

const CLASSES: [(ResponseClass, &str); 3] = [
    (ResponseClass::Document, "pages"),
    (ResponseClass::PinnedAsset, "files of the SDK"),
    (ResponseClass::Other, "anything else"),
];

/// Values as text; what we send is ASCII.
fn lines(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
}
fn text(policy: CompiledPolicy) -> String {
    let mut out = String::new();
    let mut line = |parts: &[&str]| {
        out.push_str(&escape::log(&parts.concat()));
        out.push('\n');
    };
    for (class, title) in CLASSES {
        line(&["# ", title]);
        for (name, value) in lines(&policy.headers(class, HostKind::Named)) {
            line(&[name, ": ", value]);
        }
        line(&[]);
    }
    for relaxed in policy.relaxed() {
        line(&["# exception: ", &relaxed.to_string()]);
    }
    for warning in policy.warnings() {
        line(&["# warning: ", &warning.to_string()]);
    }
    out
}

fn json(policy: CompiledPolicy) -> String {
    let classes = CLASSES.map(|(class, _)| {
        let headers = policy.headers(class, HostKind::Named);
        let list: Vec<(String, String)> = lines(&headers)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        list
    });
    let [page, asset, other] = classes;
    let relaxed: Vec<String> = policy.relaxed().iter().map(ToString::to_string).collect();
    let warnings: Vec<String> = policy.warnings().iter().map(ToString::to_string).collect();
    let document = serde_json::json!({
        "document": page, "pinned-asset": asset, "other": other,
        "exceptions": relaxed, "warnings": warnings,
    });
    escape::json(&format!("{document:#}\n"))
}
