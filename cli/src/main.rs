//! `visor`: pins, audits and headers for the page with the Face Liveness Web SDK, for developers and
//! CI.
//!
//! Exit codes: 0 clean, 1 something was found, 2 it could not run.

mod args;
mod audit;
mod complete;
mod explain;
mod fault;
mod headers;
mod input;
mod pin;
mod report;
mod serve;
mod show;
mod update;
mod verify;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Command};
use fault::Fault;

/// What a command prints, and whether the exit code is 0.
struct Outcome {
    text: String,
    is_clean: bool,
}

impl From<String> for Outcome {
    fn from(text: String) -> Self {
        Self {
            text,
            is_clean: true,
        }
    }
}

fn main() -> ExitCode {
    // Misuse ends here, with exit code 2.
    let arguments = Arguments::parse();
    match run(arguments).and_then(|outcome| print(&outcome)) {
        Ok(code) => code,
        Err(fault) => {
            // Nobody is left to tell when standard error is closed too.
            let text = report::inert(&format!("visor: {fault}"));
            let _ = writeln!(io::stderr(), "{text}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Arguments) -> Result<Outcome, Fault> {
    let (report, output) = match arguments.command {
        Command::Pin(arguments) => (pin::run(&arguments)?, arguments.output),
        Command::Verify(arguments) => (verify::run(&arguments)?, arguments.output),
        Command::Show(arguments) => (show::run(&arguments)?, arguments.output),
        Command::Update(arguments) => (update::run(&arguments)?, arguments.output),
        Command::Audit(arguments) => return audit::run(&arguments),
        Command::Explain(arguments) => return Ok(explain::run(&arguments).into()),
        Command::Headers(arguments) => return headers::run(&arguments),
        Command::Serve(arguments) => return serve::run(&arguments),
        Command::Completions(arguments) => return Ok(complete::completions(&arguments)?.into()),
        Command::Man => return Ok(complete::man()?.into()),
    };
    Ok(Outcome {
        text: report.render(output.format),
        is_clean: report.is_clean(),
    })
}

fn print(outcome: &Outcome) -> Result<ExitCode, Fault> {
    let mut out = io::stdout().lock();
    match out
        .write_all(outcome.text.as_bytes())
        .and_then(|()| out.flush())
    {
        // `visor show | head` is no fault.
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
