//! The project itself: what a reviewer would have to look for in each change.

mod circles;
mod dependencies;
mod documents;
mod english;
mod errors;
mod external_types;
mod files;
mod links;
mod names;
mod rooms;
mod source;
