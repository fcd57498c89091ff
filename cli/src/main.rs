//! `visor`: pins, audits and headers for the page with the Face Liveness Web SDK, for developers and
//! CI.
//!
//! Exit codes: 0 clean, 1 something was found, 2 it could not run.

// Standard output belongs to reports, and standard error may be closed: both are written to with care.
#![warn(clippy::print_stdout, clippy::print_stderr)]

// One file for each command, with its arguments.
mod audit;
mod build;
mod completions;
mod explain;
mod headers;
mod man;
mod pin;
mod serve;
mod show;
mod update;
mod verify;
// What they share; none of these knows a command.
mod browser;
mod common;
mod demands;
mod exceptions;
mod fault;
mod files;
mod front_end;
mod input;
mod outcome;
mod pinning;
mod plain;
mod report;
mod secrets;
mod wrap;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use tower_visor::escape;

use audit::Audit;
use browser::keeper::{self, KeepBrowser};
use build::Build;
use common::Common;
use completions::Completions;
use demands::Demands;
use explain::Explain;
use fault::Fault;
use headers::Headers;
use outcome::Outcome;
use pin::Pin;
use report::{Format, Report};
use serve::Serve;
use show::Show;
use update::Update;
use verify::Verify;

/// Pins, audits and headers for the page that hosts the Face Liveness Web SDK.
///
/// Exit codes: 0 clean, 1 something was found, 2 it could not run.
#[derive(Debug, Parser)]
#[command(name = "visor", version, max_term_width = 100, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    common: Common,
}

const EXAMPLES: &str = "Examples:
  visor pin node_modules                         pin the SDK: writes visor-lock.json
  visor verify node_modules                      are these still the pinned files?
  visor update node_modules                      what would a new version change?
  visor audit https://liveness.contoso.example/  what a server sends, judged
  visor explain csp-missing                      why, the fix, the source
  visor headers -p visor.toml -f nginx           the policy for a static server
  visor serve web --sdk node_modules --endpoint resource:contoso
  visor build web --sdk node_modules -p visor.toml --host nginx --out dist";

#[derive(Debug, Subcommand)]
enum Command {
    /// Pin the SDK's files and write the lock file
    Pin(OnPins<Pin>),
    /// Compare the files with the lock file
    Verify(OnPins<Verify>),
    /// Print the lock file in readable form
    Show(OnPins<Show>),
    /// Show what pinning again would change, and write it if asked to
    ///
    /// Exit code 1 means that something changes and was not written. Overrides, base path and
    /// algorithm stay as they are in the lock file, and so does the provenance of files that did
    /// not change.
    Update(OnPins<Update>),
    /// Judge what a server sends: headers, page, scripts, SDK
    ///
    /// The page is fetched once, as a browser would, then the scripts, style sheets and SDK files
    /// that it loads; nothing is run. HTTP/2 is used if the server chooses it (by ALPN, as with
    /// browsers), otherwise HTTP/1.1.
    Audit(Audit),
    /// Explain the code of an audit's finding
    Explain(Explain),
    /// Print the headers of a policy, also for static servers
    Headers(Headers),
    /// Serve a built front end under the strictest policy, with the pinned SDK
    ///
    /// For previews and small deployments. It serves the pages, the files and the SDK, but no API:
    /// creating sessions is the application's part.
    Serve(Serve),
    /// Build a front end and the SDK for another server or a static host
    ///
    /// Compiles the pages, verifies the SDK's files, and writes the host's configuration, in which
    /// each page has its own policy with hashes.
    Build(Build),
    /// Print completions for a shell
    Completions(Completions),
    /// Print the manual page
    Man,
    /// Stay beside a browser, end it, and remove its profile
    #[command(name = browser::keeper::COMMAND, hide = true)]
    KeepBrowser(KeepBrowser),
}

/// A command on pins: its own arguments, and what all of them share.
#[derive(Args, Debug)]
struct OnPins<A: Args> {
    #[command(flatten)]
    own: A,

    #[command(flatten)]
    demands: Demands,

    /// How to print
    #[arg(short, long, value_enum, default_value_t = Format::Human, display_order = 100)]
    format: Format,
}

impl<A: Args> OnPins<A> {
    fn run(
        &self,
        common: Common,
        run: fn(&A, &Demands) -> Result<Report, Fault>,
    ) -> Result<Outcome, Fault> {
        let report = run(&self.own, &self.demands)?;
        Ok(Outcome {
            text: report.render(self.format, &self.demands, common),
            is_clean: report.is_clean(),
        })
    }
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misuse(&error),
    };
    if let Command::KeepBrowser(arguments) = &arguments.command {
        return keeper::run(arguments);
    }
    arguments.common.apply();
    match run(arguments.command, arguments.common).and_then(|outcome| print(&outcome)) {
        Ok(code) => code,
        Err(fault) => {
            // Nobody is left to tell when standard error is closed too.
            let text = wrap::stderr(escape::log_lines(&format!("visor: {fault}")));
            // Wrapped lines of a file would no longer be that file's.
            let paste = fault
                .paste()
                .map(|text| format!("\n\n{}", escape::log_lines(text)));
            let _ = writeln!(io::stderr(), "{text}{}", paste.unwrap_or_default());
            ExitCode::from(2)
        }
    }
}

/// Prints help, or why the arguments are none.
fn misuse(error: &clap::Error) -> ExitCode {
    let plain = error.render().to_string();
    let text = escape::log_lines(&plain);
    if !error.use_stderr() || text == plain {
        // With its colors, where there is a terminal.
        error.exit();
    }
    // It quotes the arguments, and the name of a file may be one.
    let _ = io::stderr().write_all(text.as_bytes());
    ExitCode::from(2)
}

fn run(command: Command, common: Common) -> Result<Outcome, Fault> {
    match command {
        Command::Pin(command) => command.run(common, pin::run),
        Command::Verify(command) => command.run(common, verify::run),
        Command::Show(command) => command.run(common, show::run),
        Command::Update(command) => command.run(common, update::run),
        Command::Audit(arguments) => audit::run(&arguments, common),
        Command::Explain(arguments) => Ok(explain::run(&arguments).into()),
        Command::Headers(arguments) => headers::run(&arguments),
        Command::Build(arguments) => build::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Completions(arguments) => {
            Ok(completions::run(&arguments, Arguments::command())?.into())
        }
        // It has no report, and `main` has run it.
        Command::KeepBrowser(_) => Ok(String::new().into()),
        Command::Man => Ok(man::run(Arguments::command())?.into()),
    }
}

fn print(outcome: &Outcome) -> Result<ExitCode, Fault> {
    let mut out = io::stdout().lock();
    match out
        .write_all(outcome.text.as_bytes())
        .and_then(|()| out.flush())
    {
        // `visor show | head` is not a fault.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            return Err(Fault::new("standard output", &error.kind()));
        }
        _ => {}
    }
    Ok(if outcome.is_clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}
