//! `visor audit`

mod arguments;
mod asking;
mod browsed;
mod captured;
pub(crate) mod connect;
mod fetch;
mod frames;
mod heads;
mod talk;
mod through;
mod told;

use std::io::{self, Read as _};
use std::path::Path;

use tower_visor::audit::{
    Baseline, Context, Exception, Probes, Report, Response, Severity, Visit, Waivers, observed,
};
use tower_visor::escape;
use tower_visor::sdk::Releases;
use tower_visor::url::Url;

use crate::common::Common;
use crate::fault::Fault;
use crate::input;
use crate::outcome::Outcome;
use crate::report::color;
use crate::wrap;
pub(crate) use arguments::Audit;
use arguments::Format;
use asking::{client, page, runtime};
use fetch::Miss;

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
    let is_url = arguments.is_url();
    if !is_url && !arguments.secrets.is_empty() {
        let why = "headers and cookies are for URLs, and nothing is requested here";
        return Err(Fault::new(arguments.target(), &why));
    }
    let browser = browsed::browser(arguments)?;
    let owners = arguments
        .scripts
        .as_deref()
        .map(browsed::owners)
        .transpose()?;
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
    if let Some(owners) = &owners {
        context = context.owners(owners);
    }
    let visit = match &kept {
        None => fetched(arguments, &context)?,
        Some((page, _)) => replayed(page, &context),
    };
    let plain = visit.page().cloned();
    let files = visit.files().to_vec();
    let report = visit.report();
    let mut report = report.map_err(|error| Fault::new("the page", &error))?;
    let seen = browser
        .map(|browser| browsed::look(arguments, &browser, &context))
        .transpose()?;
    let mut of_browser = context.clone().resources(&files);
    if let Some(plain) = &plain {
        of_browser = of_browser.plain(plain);
    }
    let mut written = None;
    if let (Some(file), true) = (&arguments.baseline, arguments.write_baseline) {
        let received = seen.as_ref().map(|seen| observed(seen, &of_browser));
        let all = received.into_iter().fold(report.clone(), Report::and);
        let new = written.insert(Baseline::of(&all));
        write_baseline(file, new)?;
    }
    // What is approved now is approved.
    if let Some(approved) = written.as_ref().or(baseline.as_ref()) {
        of_browser = of_browser.approved(approved);
    }
    if let Some(seen) = &seen {
        report = report.and(observed(seen, &of_browser));
    }
    if let Some(baseline) = &baseline {
        report = report.against(baseline, &context);
    }
    if let Some(file) = &arguments.evidence {
        write_evidence(file, &report.to_html())?;
    }
    let is_human = arguments.format == Format::Human;
    let mut text = if is_human && common.quiet {
        quiet(&report, arguments.fail_on)
    } else {
        render(&report, arguments.format)
    };
    if is_human {
        if arguments.doctor {
            // Who asks a doctor wants that answer first.
            text = format!("{}\n{text}", doctor(&report));
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
    let page = page(arguments)?;
    let probes = if arguments.probe {
        Probes::All
    } else {
        Probes::UnknownPath
    };
    let client = client(arguments, &page)?;
    let runtime = runtime()?;
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
    let (name, bytes) = if arguments.target() == "-" {
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
        let file = Path::new(arguments.target());
        if let Some(url) = meant(arguments.target()).filter(|_| !file.exists()) {
            let why = format!("no such file; for what a server sends, write `{url}`");
            return Err(Fault::new(arguments.target(), &why));
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

/// All of it, or nothing.
fn write_evidence(file: &Path, html: &str) -> Result<(), Fault> {
    let folder = file.parent().filter(|folder| *folder != Path::new(""));
    let written = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")));
    let written = written.and_then(|mut new| {
        io::Write::write_all(&mut new, html.as_bytes())?;
        new.persist(file).map_err(|error| error.error)?;
        Ok(())
    });
    written.map_err(|error| Fault::io(&input::name(file), &error))
}

fn write_baseline(file: &Path, baseline: &Baseline) -> Result<(), Fault> {
    baseline
        .save(file)
        .map_err(|error| Fault::new(&input::name(file), &error.kind()))
}
