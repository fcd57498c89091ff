//! What browsers report: of the scripts that they ran, and of all else.

#[cfg(feature = "reports")]
mod bodies;
#[cfg(feature = "reports")]
mod browsers;
#[cfg(feature = "reports")]
mod endpoint;
#[cfg(feature = "reports")]
mod groups;
#[cfg(feature = "reports")]
mod noise;
mod scripts;

#[cfg(feature = "reports")]
use scripts::known;
