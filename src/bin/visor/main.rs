//! `visor`: pins for the Face Liveness Web SDK, for developers and CI.
//!
//! Exit codes: 0 clean, 1 something was found, 2 it could not run.

mod args;
mod fault;
mod input;
mod pin;
mod report;
mod show;
mod update;
mod verify;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Command, Format};
use fault::Fault;
use report::Report;

fn main() -> ExitCode {
    // Misuse ends here, with exit code 2.
    let arguments = Arguments::parse();
    let format = arguments.format;
    match run(arguments).and_then(|report| print(&report, format)) {
        Ok(code) => code,
        Err(fault) => {
            // Nobody is left to tell when standard error is closed too.
            let text = report::inert(&format!("visor: {fault}"));
            let _ = writeln!(io::stderr(), "{text}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Arguments) -> Result<Report, Fault> {
    match arguments.command {
        Command::Pin(arguments) => pin::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::Update(arguments) => update::run(&arguments),
    }
}

fn print(report: &Report, format: Format) -> Result<ExitCode, Fault> {
    let text = report.render(format);
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // `visor show | head` is no fault.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            return Err(Fault::new("standard output", &error.kind()));
        }
        _ => {}
    }
    Ok(if report.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}
