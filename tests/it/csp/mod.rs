//! Content Security Policy: own cases for each rule, then the standards'.

mod hosts;
