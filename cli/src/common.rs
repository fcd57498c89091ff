//! Arguments of every command.

use anstream::ColorChoice;
use clap::{Args, ValueEnum};

use crate::input;

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Common {
    /// Print only what was found
    #[arg(short, long, global = true, display_order = 200)]
    pub(crate) quiet: bool,

    /// When to use color; `auto` follows the terminal and its environment
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        global = true,
        default_value_t = When::Auto,
        display_order = 201
    )]
    color: When,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

impl Common {
    /// For the whole program, before anything is printed.
    pub(crate) fn apply(self) {
        match self.color {
            When::Auto => {}
            When::Always => ColorChoice::Always.write_global(),
            When::Never => ColorChoice::Never.write_global(),
        }
        if self.quiet {
            input::hide_progress();
        }
    }
}
