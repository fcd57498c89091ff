//! URLs, origins and hosts: read strictly, read as browsers do, and compared with another reader.

mod browser;
mod differential;
mod strict;
