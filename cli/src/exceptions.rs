//! What a start asks for that a policy file can allow, ready to be pasted into one.

use std::path::Path;

use tower_visor::csp::DirectiveName;
use tower_visor::errors::Errors;
use tower_visor::pins::Pins;
use tower_visor::policy::Relaxation;
use tower_visor::sdk::Endpoint;
use tower_visor::site::SiteError;

use crate::fault::Fault;
use crate::input;

/// Where the policy comes from.
pub(crate) enum Given<'a> {
    /// From a file, to which the lines are added.
    File(&'a Path),
    /// From arguments, in place of which there has to be a file.
    Arguments {
        origin: &'a str,
        endpoint: &'a Endpoint,
        /// The lock file, which names the SDK's version and place.
        lock: &'a Path,
    },
}

/// What `'unsafe-inline'` allows needs no hashes.
const WIDER: &str = "'unsafe-inline'";

/// The exceptions as a policy file has them, after what to do with them; nothing where there are none.
/// Each has an empty reason, which no policy takes: those that stay have to get one.
pub(crate) fn to_paste(
    asked: impl IntoIterator<Item = Relaxation>,
    given: &Given<'_>,
) -> Option<String> {
    let mut sources: Vec<(DirectiveName, String)> = Vec::new();
    for relaxation in asked {
        if let Relaxation::Source { directive, source } = relaxation
            && !sources.contains(&(directive, source.clone()))
        {
            sources.push((directive, source));
        }
    }
    let is_wider = |(_, source): &&(DirectiveName, String)| source == WIDER;
    let wide: Vec<DirectiveName> = sources.iter().filter(is_wider).map(|one| one.0).collect();
    sources.retain(|(directive, source)| source == WIDER || !wide.contains(directive));
    if sources.is_empty() {
        return None;
    }
    let (mut text, is_json) = match given {
        Given::File(file) => {
            let is_json = input::is_json(file);
            let place = if is_json {
                " among its `exceptions`"
            } else {
                ""
            };
            let name = input::name(file);
            let text = format!(
                "to allow what is named above, put these lines into {name}{place}, without those that the page doesn't need, and with a reason for each that stays:\n\n"
            );
            (text, is_json)
        }
        Given::Arguments {
            origin,
            endpoint,
            lock,
        } => (head(origin, endpoint, lock)?, false),
    };
    let all = sources.iter().map(|(directive, source)| {
        // As JSON writes a text, TOML reads it.
        let source = serde_json::Value::from(source.as_str());
        if is_json {
            format!("{{\"directive\": \"{directive}\", \"source\": {source}, \"reason\": \"\"}}")
        } else {
            format!(
                "[[exceptions]]\ndirective = \"{directive}\"\nsource = {source}\nreason = \"\"\n"
            )
        }
    });
    let all: Vec<String> = all.collect();
    text.push_str(&all.join(if is_json { ",\n" } else { "\n" }));
    Some(text.trim_end().to_owned())
}

/// A site that can't be, with the exceptions that it asks for.
pub(crate) fn fault(errors: &Errors<SiteError>, given: &Given<'_>) -> Fault {
    let asked = errors.iter().flat_map(SiteError::exceptions);
    Fault::new("the site", errors).with_paste(to_paste(asked, given))
}

/// What a policy file says of the page, where so far arguments do.
fn head(origin: &str, endpoint: &Endpoint, lock: &Path) -> Option<String> {
    // Whoever asks has read it.
    let pins = Pins::load(lock).ok()?;
    let origin = serde_json::Value::from(origin);
    let (sdk, base) = (pins.version(), pins.base());
    let path = match base {
        "/" => String::new(),
        base => format!("sdk-path = {}\n", serde_json::Value::from(base)),
    };
    Some(format!(
        "to allow what is named above, put these lines into a file, without the exceptions that the page doesn't need, and with a reason for each that stays; then pass `--policy FILE` in place of `--endpoint` and `--origin`:\n\n\
         [document]\norigin = {origin}\n\n\
         [liveness]\nsdk = \"{sdk}\"\nendpoint = \"{endpoint}\"\n{path}\n"
    ))
}
