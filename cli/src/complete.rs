//! `visor completions` and `visor man`: made from the definitions of the arguments.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::args::Arguments;
use crate::fault::Fault;

#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

pub(crate) fn completions(arguments: &Completions) -> Result<String, Fault> {
    let mut out = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "visor",
        &mut out,
    );
    text(out)
}

/// One page: the program, then each of its commands.
pub(crate) fn man() -> Result<String, Fault> {
    let fault = |error: std::io::Error| Fault::new("the manual page", &error.kind());
    let mut command = Arguments::command();
    command.build();
    let mut out = Vec::new();
    clap_mangen::Man::new(command.clone())
        .render(&mut out)
        .map_err(fault)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        if sub.get_name() == "help" {
            continue;
        }
        let man = clap_mangen::Man::new(sub.clone());
        let name = sub.get_name().to_uppercase();
        out.extend(format!(".SH \"VISOR {name}\"\n").into_bytes());
        man.render_description_section(&mut out).map_err(fault)?;
        man.render_synopsis_section(&mut out).map_err(fault)?;
        man.render_options_section(&mut out).map_err(fault)?;
    }
    text(out)
}

fn text(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|error| Fault::new("standard output", &error))
}
