//! A subscriber that keeps what it is told.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Metadata, Subscriber};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) target: String,
    pub(crate) level: String,
    pub(crate) name: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl Told {
    /// `LEVEL name field=value ...`.
    pub(crate) fn line(&self) -> String {
        let mut line = format!("{} {}", self.level, self.name);
        for (name, value) in &self.fields {
            write!(line, " {name}={value}").unwrap();
        }
        line
    }
}

/// What was told on this thread since.
#[derive(Clone, Default)]
pub(crate) struct Ear(Arc<Mutex<Vec<Told>>>);

impl Ear {
    /// Listens on this thread until the guard is dropped.
    pub(crate) fn open() -> (Self, DefaultGuard) {
        // While it is the only listener, `tracing` takes an event that another thread tells first for one
        // that nobody wants, and this thread's is lost: so every thread has one.
        let _ = tracing::subscriber::set_global_default(Self::default());
        let ear = Self::default();
        let guard = tracing::subscriber::set_default(ear.clone());
        (ear, guard)
    }

    /// What this crate told since the last look.
    pub(crate) fn take(&self) -> Vec<Told> {
        let mut told = std::mem::take(&mut *self.0.lock().unwrap());
        told.retain(|told| told.target.starts_with("tower_visor"));
        told
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.take().iter().map(Told::line).collect()
    }
}

impl Subscriber for Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut told = Told {
            target: metadata.target().to_owned(),
            level: metadata.level().to_string(),
            name: String::new(),
            fields: Vec::new(),
        };
        event.record(&mut told);
        self.0.lock().unwrap().push(told);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields
            .push((field.name().to_owned(), value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = format!("{value:?}");
        if field.name() == "message" {
            self.name = value;
        } else {
            self.fields.push((field.name().to_owned(), value));
        }
    }
}
