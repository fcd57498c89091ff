//! `visor man`: made from the definitions of the arguments.

use clap::Command;

use crate::fault::Fault;

/// One page: the program, then each of its commands.
pub(crate) fn run(mut program: Command) -> Result<String, Fault> {
    let fault = |error: std::io::Error| Fault::new("the manual page", &error.kind());
    program.build();
    let mut out = Vec::new();
    clap_mangen::Man::new(program.clone())
        .render(&mut out)
        .map_err(fault)?;
    for sub in program.get_subcommands().filter(|sub| !sub.is_hide_set()) {
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
    String::from_utf8(out).map_err(|error| Fault::new("the manual page", &error))
}
