//! `visor audit`

mod captured;
mod connect;
mod fetch;
mod frames;
mod heads;
mod talk;
mod through;
mod told;

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use tower_visor::audit::{
    Baseline, Context, Exception, Probes, Profile, Report, Response, Severity, Visit, Waivers,
};
use tower_visor::escape;
use tower_visor::sdk::{Date, Releases};
use tower_visor::url::Url;

use crate::common::Common;
use crate::fault::Fault;
use crate::input;
use crate::outcome::Outcome;
use crate::report::color;
use crate::secrets::Secrets;
use crate::wrap;
use fetch::{Client, Limits, Miss};

#[derive(Args, Debug)]
pub(crate) struct Audit {
    /// An `http` or `https` URL; or a file as `curl -si` prints it or as HAR; `-` is standard input
    #[arg(value_name = "URL|FILE|-")]
    pub(crate) target: String,

    /// The URL that the file answers; of a HAR, the page to judge
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,

    #[command(flatten)]
    pub(crate) secrets: Secrets,

    /// What it is meant to be: liveness, document, asset or api
    #[arg(long, value_name = "PROFILE", default_value = "liveness")]
    pub(crate) profile: Profile,

    /// The SDK's lock file: the files that the server sends are compared with it
    #[arg(short, long, alias = "pins", value_name = "FILE")]
    pub(crate) lock: Option<PathBuf>,

    /// The server's policy (TOML or JSON): the reasons of its exceptions go into the report, and its
    /// endpoint is compared with connect-src
    #[arg(short, long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,

    /// The approved state: what differs from it is found
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Write what was seen to the file of `--baseline`, as the approved state
    #[arg(long, requires = "baseline")]
    pub(crate) write_baseline: bool,

    /// Accepted findings, with their reasons (TOML)
    #[arg(long, value_name = "FILE")]
    pub(crate) waivers: Option<PathBuf>,

    /// Exit code 1 for findings of this level or worse: note, low, medium or high
    #[arg(long, value_name = "LEVEL", default_value = "low")]
    pub(crate) fail_on: Severity,

    /// Say what keeps the SDK from running, likeliest cause first
    #[arg(long)]
    pub(crate) doctor: bool,

    /// Also send what may change something on a careless server (a method that doesn't exist, a POST of
    /// 3 MiB) and ask for another host, to see that these answers carry the headers as well; an
    /// unknown path is asked for anyway
    #[arg(long)]
    pub(crate) probe: bool,

    /// A certificate authority to trust beside the system's (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,

    /// How long one answer may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    pub(crate) timeout: f64,

    /// How large one answer may be, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 16 * 1024 * 1024)]
    pub(crate) max_bytes: usize,

    /// How long the whole run may wait for the server, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300.0)]
    pub(crate) total_timeout: f64,

    /// How much the whole run may receive, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 256 * 1024 * 1024)]
    pub(crate) total_bytes: usize,

    /// Table of releases, as JSON, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub(crate) releases: Option<PathBuf>,

    /// The day of the audit, instead of today
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) today: Option<Date>,

    /// How to print
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Lines for people
    Human,
    /// One JSON document (docs/audit-report.schema.json)
    Json,
    /// Markdown, for comments and job summaries
    Markdown,
    /// One HTML file, as evidence
    Html,
    /// Annotations of GitHub Actions
    Github,
    /// Annotations of Azure Pipelines
    Azure,
}

/// How many bytes of a file are read.
const LARGEST_FILE: u64 = 256 * 1024 * 1024;

pub(crate) fn run(arguments: &Audit, common: Common) -> Result<Outcome, Fault> {
    let pins = arguments.lock.as_deref().map(input::lock).transpose()?;
    let releases = match &arguments.releases {
        None => Releases::builtin(),
        Some(file) => input::releases(file)?,
    };
    let today = arguments.today.unwrap_or_else(input::now);
    let waivers = arguments.waivers.as_deref().map(read_waivers).transpose()?;
    let (relaxed, endpoint) = match &arguments.policy {
        None => (Vec::new(), None),
        Some(file) => of_policy(file)?,
    };
    let baseline = match &arguments.baseline {
        Some(file) if !arguments.write_baseline => Some(read_baseline(file)?),
        _ => None,
    };
    let is_url = ["http://", "https://"]
        .iter()
        .any(|scheme| arguments.target.starts_with(scheme));
    if !is_url && !arguments.secrets.is_empty() {
        let why = "headers and cookies are for URLs, and nobody is asked here";
        return Err(Fault::new(&arguments.target, &why));
    }
    let kept = (!is_url).then(|| captured(arguments)).transpose()?;
    let resources = kept.as_ref().map_or(&[][..], |(_, resources)| resources);
    let mut context = Context::new(arguments.profile)
        .resources(resources)
        .releases(&releases)
        .today(today)
        .waivers(waivers.unwrap_or_default())
        .relaxed(relaxed);
    if let Some(pins) = &pins {
        context = context.pins(pins);
    }
    if let Some(endpoint) = endpoint {
        context = context.endpoint(endpoint);
    }
    let visit = match &kept {
        None => fetched(arguments, &context)?,
        Some((page, _)) => replayed(page, &context),
    };
    let report = visit.report();
    let mut report = report.map_err(|error| Fault::new("the page", &error))?;
    if let Some(baseline) = &baseline {
        report = report.against(baseline, &context);
    }
    if let (Some(file), true) = (&arguments.baseline, arguments.write_baseline) {
        write_baseline(file, &Baseline::of(&report))?;
    }
    let is_human = arguments.format == Format::Human;
    let mut text = if is_human && common.quiet {
        quiet(&report, arguments.fail_on)
    } else {
        render(&report, arguments.format)
    };
    if is_human {
        if arguments.doctor {
            text.push_str(&doctor(&report));
        }
        text = wrap::stdout(text);
    }
    Ok(Outcome {
        text,
        is_clean: report.is_clean(arguments.fail_on),
    })
}

/// What makes the exit code 1, and nothing where it is 0.
fn quiet(report: &Report, fail_on: Severity) -> String {
    let mut report = report.clone();
    report
        .findings
        .retain(|finding| finding.severity >= fail_on);
    report.responses.clear();
    report.waived.clear();
    report.not_checked.clear();
    report.sdk = None;
    if report.is_clean(fail_on) {
        return String::new();
    }
    report.to_human(color()).trim_start().to_owned()
}

fn render(report: &Report, format: Format) -> String {
    match format {
        Format::Human => report.to_human(color()),
        Format::Json => report.to_json(),
        Format::Markdown => report.to_markdown(),
        Format::Html => report.to_html(),
        Format::Github => report.to_github(),
        Format::Azure => report.to_azure(),
    }
}

fn doctor(report: &Report) -> String {
    let causes = report.causes();
    if causes.is_empty() {
        return "nothing that was looked at keeps the SDK from running\n".to_owned();
    }
    let mut text = String::from("what keeps the SDK from running, likeliest first:\n");
    for (index, cause) in causes.iter().enumerate() {
        let line = format!(
            "{}. {}: {}; {}",
            index + 1,
            cause.code,
            cause.found,
            cause.help
        );
        text.push_str(&escape::log(&line).replace('`', ""));
        text.push('\n');
    }
    text
}

/// Asks the server for all of it.
fn fetched<'a>(arguments: &Audit, context: &Context<'a>) -> Result<Visit<'a>, Fault> {
    let page = Url::effective(&arguments.target).map_err(|error| Fault::new("the page", &error))?;
    let probes = if arguments.probe {
        Probes::All
    } else {
        Probes::UnknownPath
    };
    let limits = Limits {
        time: seconds("--timeout", arguments.timeout)?,
        bytes: arguments.max_bytes,
        total_time: seconds("--total-timeout", arguments.total_timeout)?,
        total_bytes: arguments.total_bytes,
    };
    let authority = arguments
        .ca
        .as_deref()
        .map(|file| input::read(file, 1024 * 1024));
    let sent = arguments.secrets.for_origin_of(&page)?;
    let client = Client::new(limits, authority.transpose()?.as_deref(), sent)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::new("the network", &error.kind()))?;
    let mut visit = Visit::new(page, context).probes(probes);
    runtime.block_on(async {
        while let Some(fetch) = visit.next_fetch() {
            let mut answer = client.send(&fetch).await;
            // A server that answers before it has read a body may close while it is still
            // written, and whether the answer is then lost is a race.
            for _ in 0..7 {
                if !matches!(answer, Err(Miss::Answer(_))) || fetch.request.body().is_empty() {
                    break;
                }
                answer = client.send(&fetch).await;
            }
            match answer {
                Ok(answer) => visit.answer(fetch, Ok(answer)),
                // A probe that wasn't sent is none that the server failed at.
                Err(Miss::Run(why)) if fetch.probe().is_some() => visit.leave(fetch, &why),
                Err(Miss::Run(why) | Miss::Answer(why)) => visit.answer(fetch, Err(why)),
            }
        }
    });
    // A look-up of a name that hangs must not hold the program.
    runtime.shutdown_background();
    Ok(visit)
}

fn seconds(option: &str, number: f64) -> Result<Duration, Fault> {
    let time = Some(number).filter(|number| *number > 0.0 && *number <= 3600.0);
    let time = time.map(Duration::from_secs_f64);
    time.ok_or_else(|| Fault::new(option, &"give a number of seconds up to 3600"))
}

/// A visit that asks nobody.
fn replayed<'a>(page: &Response, context: &Context<'a>) -> Visit<'a> {
    let mut visit = Visit::new(page.url().clone(), context);
    let mut page = Some(page.clone());
    while let Some(fetch) = visit.next_fetch() {
        match page.take() {
            Some(page) => visit.answer(fetch, Ok(page)),
            None => visit.leave(fetch, "it was not kept"),
        }
    }
    visit
}

/// The response to judge, and the others.
fn captured(arguments: &Audit) -> Result<(Response, Vec<Response>), Fault> {
    let (name, bytes) = if arguments.target == "-" {
        let mut bytes = Vec::new();
        let read = io::stdin()
            .lock()
            .take(LARGEST_FILE + 1)
            .read_to_end(&mut bytes);
        read.map_err(|error| Fault::new("standard input", &error.kind()))?;
        if bytes.len() as u64 > LARGEST_FILE {
            let why = format!("more than {LARGEST_FILE} bytes");
            return Err(Fault::new("standard input", &why));
        }
        ("standard input".to_owned(), bytes)
    } else {
        let file = Path::new(&arguments.target);
        if let Some(url) = meant(&arguments.target).filter(|_| !file.exists()) {
            let why = format!("no such file; for what a server sends, write `{url}`");
            return Err(Fault::new(&arguments.target, &why));
        }
        (input::name(file), input::read(file, LARGEST_FILE)?)
    };
    let read = captured::read(&bytes, arguments.url.as_deref());
    read.map_err(|error| Fault::new(&name, &error))
}

/// The URL that somebody may have meant who left its scheme out.
fn meant(target: &str) -> Option<String> {
    let url = Url::effective(&format!("https://{target}")).ok()?;
    let host = url.host()?;
    if host.is_loopback() {
        return Some(format!(
            "http://{}{}",
            url.origin()?.authority(),
            url.path()
        ));
    }
    let is_name = host.as_str().contains('.') && !target.starts_with(['.', '/']);
    let is_file = [".txt", ".har", ".json", ".html", ".log", ".http"];
    let is_file = is_file.iter().any(|end| target.ends_with(end));
    (is_name && !is_file).then(|| url.without_query().to_string())
}

fn read_waivers(file: &Path) -> Result<Waivers, Fault> {
    let text = input::text(file)?;
    toml::from_str(&text).map_err(|error| Fault::new(&input::name(file), &error))
}

/// The reasons of a policy's exceptions, and the Face resource that it names.
fn of_policy(file: &Path) -> Result<(Vec<Exception>, Option<Url>), Fault> {
    let policy = input::policy(file)?;
    let compiled = policy.compile();
    let compiled = compiled.map_err(|errors| Fault::new(&input::name(file), &errors))?;
    let relaxed = compiled.relaxed().iter();
    let relaxed = relaxed.map(|one| Exception::new(one.what().to_string(), one.reason().as_str()));
    // The SDK calls below this path, and the policy allows no other.
    let endpoint = policy
        .liveness_page()
        .map(|page| page.endpoint().connect_source());
    let endpoint = endpoint.map(|url| url.parse()).transpose();
    let endpoint = endpoint.map_err(|error| Fault::new(&input::name(file), &error))?;
    Ok((relaxed.collect(), endpoint))
}

fn read_baseline(file: &Path) -> Result<Baseline, Fault> {
    let bytes = input::read(file, 64 * 1024 * 1024)?;
    serde_json::from_slice(&bytes).map_err(|error| Fault::new(&input::name(file), &error))
}

fn write_baseline(file: &Path, baseline: &Baseline) -> Result<(), Fault> {
    baseline
        .save(file)
        .map_err(|error| Fault::new(&input::name(file), &error.kind()))
}
