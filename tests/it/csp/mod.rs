//! Content Security Policy: own cases for each rule, then the standards'.

mod effective;
mod hosts;
mod matching;
mod subsume;
