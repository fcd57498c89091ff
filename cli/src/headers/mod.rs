//! `visor headers`

mod sent;
mod snippets;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tower_visor::escape;
use tower_visor::policy::{CompiledPolicy, HostKind};
use tower_visor::response::ResponseClass;

use crate::fault::Fault;
use crate::input;
use crate::outcome::Outcome;
use sent::{Sent, lines};

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
    if compiled.needs_nonce() && !matches!(arguments.format, Format::Text | Format::Json) {
        let why = "it uses nonces, which a static server can't make: each response needs a new one; name scripts by URL or hash";
        return Err(Fault::new(&name, &why));
    }
    let sent = Sent {
        page: compiled.headers(ResponseClass::Document, HostKind::Named),
        other: compiled.headers(ResponseClass::Other, HostKind::Named),
    };
    let text = match arguments.format {
        Format::Text => Ok(text(compiled)),
        Format::Json => Ok(json(compiled)),
        Format::Nginx => snippets::nginx(&sent),
        Format::Apache => snippets::apache(&sent),
        Format::Caddy => snippets::caddy(&sent),
        Format::AzureStaticWebApps => Ok(snippets::static_web_apps(&sent)),
        Format::AzureFrontDoor => Ok(snippets::front_door(&sent)),
    };
    let text = text.map_err(|error| Fault::new(&name, &error))?;
    Ok(Outcome {
        text,
        is_clean: true,
    })
}

const CLASSES: [(ResponseClass, &str); 3] = [
    (ResponseClass::Document, "pages"),
    (ResponseClass::PinnedAsset, "files of the SDK"),
    (ResponseClass::Other, "anything else"),
];

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
