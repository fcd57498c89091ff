//! What it takes to ask a server.

use std::time::Duration;

use tower_visor::url::Url;

use super::arguments::Audit;
use super::fetch::{Client, Limits};
use crate::fault::Fault;
use crate::input;

pub(super) fn page(arguments: &Audit) -> Result<Url, Fault> {
    Url::effective(arguments.target()).map_err(|error| Fault::new("the page", &error))
}

pub(super) fn client(arguments: &Audit, page: &Url) -> Result<Client, Fault> {
    let limits = Limits {
        time: seconds("--timeout", arguments.timeout)?,
        bytes: arguments.max_bytes,
        total_time: seconds("--total-timeout", arguments.total_timeout)?,
        total_bytes: arguments.total_bytes,
    };
    let authority = arguments
        .ca
        .as_deref()
        .map(|file| input::read(file, 1024 * 1024));
    let sent = arguments.secrets.for_origin_of(page)?;
    Client::new(limits, authority.transpose()?.as_deref(), sent)
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Fault> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::new("the network", &error.kind()))
}

pub(super) fn seconds(option: &str, number: f64) -> Result<Duration, Fault> {
    let time = Some(number).filter(|number| *number > 0.0 && *number <= 3600.0);
    let time = time.map(Duration::from_secs_f64);
    time.ok_or_else(|| Fault::new(option, &"give a number of seconds up to 3600"))
}
