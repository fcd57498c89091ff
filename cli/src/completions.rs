//! `visor completions`: made from the definitions of the arguments.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::fault::Fault;

#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

pub(crate) fn run(arguments: &Completions, mut program: Command) -> Result<String, Fault> {
    let mut out = Vec::new();
    clap_complete::generate(arguments.shell, &mut program, "visor", &mut out);
    String::from_utf8(out).map_err(|error| Fault::new("the completions", &error))
}
