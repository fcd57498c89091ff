//! `visor verify`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tower_visor::pins::sources::RegistryIntegrity;
use tower_visor::pins::{Difference, DifferenceKind, Package, Pins};

use crate::demands::Demands;
use crate::fault::Fault;
use crate::files::{Places, places};
use crate::input;
use crate::report::{Report, provenances};

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// Folders that contain `node_modules`, the component next to its assets, or tarballs; or tarballs themselves
    ///
    /// Before a tarball is unpacked, it is compared with the registry's integrity in the lock
    /// file, if there is one; then its files are compared with the pins.
    #[arg(value_name = "DIR", required = true)]
    pub(crate) places: Vec<PathBuf>,

    /// The lock file
    #[arg(short, long, value_name = "FILE", default_value = "visor-lock.json")]
    pub(crate) lock: PathBuf,
}

pub(crate) fn run(arguments: &Verify, demands: &Demands) -> Result<Report, Fault> {
    let pins = input::lock(&arguments.lock)?;
    let Places { folders, tarballs } = places(&arguments.places)?;
    let mut report = Report::new("verify");
    let both = !folders.is_empty();
    let packed = tarballs.len();
    let differences = input::busy("verifying", || {
        let mut differences: Vec<Difference> = Vec::new();
        if both {
            differences.extend(pins.verify_all(folders).err().into_iter().flatten());
        }
        if packed > 0 {
            differences.extend(pins.compare_tarballs(tarballs).err().into_iter().flatten());
        }
        differences
    });
    // Beside a folder, which must be whole, a single tarball will do.
    let differences: Vec<Difference> = differences
        .into_iter()
        .filter(|difference| !both || difference.kind() != DifferenceKind::NoTarball)
        .collect();
    for difference in &differences {
        // It is not a finding about what is in the folder.
        if difference.kind() == DifferenceKind::Unreadable {
            return Err(Fault::of(difference));
        }
    }
    if differences.is_empty() {
        report.data("files", json!(pins.files().len()));
        report.line(format!(
            "{} files of version {} are the pinned ones: {}",
            pins.files().len(),
            pins.version(),
            provenances(&pins)
        ));
        if packed > 0 {
            report.line(checked(&pins, packed));
        }
    } else {
        for difference in &differences {
            report.find(difference);
        }
    }
    report.pins(&pins, demands)?;
    Ok(report)
}

/// What the tarballs were compared with, besides their files.
fn checked(pins: &Pins, packed: usize) -> String {
    let of = pins.packages().iter().map(Package::integrity);
    let recorded = if of.clone().any(|integrity| integrity.is_none()) {
        "only their files, because the lock file has no integrity for each of them"
    } else if of
        .flatten()
        .any(|integrity| matches!(integrity, RegistryIntegrity::Weak(_)))
    {
        "their files and the integrity in the lock file (weak: sha1)"
    } else {
        "their files and the integrity in the lock file"
    };
    let plural = if packed == 1 { "" } else { "s" };
    format!("{packed} tarball{plural} compared: {recorded}")
}
