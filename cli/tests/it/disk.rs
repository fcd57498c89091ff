//! A disk that fills or goes away while the lock file is written: the old one stays whole, and
//! nothing is left beside it.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tower_visor::pins::Pins;

use crate::support::{pinned, visor};
use crate::tree::{Tree, copy, fixture};

/// A project whose lock file is of the version before; `visor update --write` has work to do.
fn outdated() -> TempDir {
    let project = pinned("1.4.8");
    fs::remove_dir_all(project.path().join("web")).unwrap();
    copy(&fixture("1.5.0"), &project.path().join("web"));
    project
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The lock file is the old one, byte for byte, and the only file there.
fn is_untouched(lock: &Path, old: &[u8], others: &[&str]) {
    assert!(
        fs::read(lock).unwrap() == old,
        "{} was touched",
        lock.display()
    );
    let mut expected = vec!["visor-lock.json"];
    expected.extend(others);
    expected.sort_unstable();
    assert_eq!(files(lock.parent().unwrap()), expected);
}

#[test]
fn a_limit_on_the_size_of_files_leaves_the_old_lock_file_whole() {
    let project = outdated();
    let lock = project.path().join("visor-lock.json");
    let old = fs::read(&lock).unwrap();
    // The write that passes the limit fails in its middle, as on a disk that is full.
    for kilobytes in [0, 1, 4] {
        assert!(
            old.len() > kilobytes * 1024,
            "the limit would not be reached"
        );
        let limited = format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$@\"");
        let output = Command::new("bash")
            .args(["-c", &limited, "bash", env!("CARGO_BIN_EXE_visor")])
            .args(["update", "web", "--write"])
            .current_dir(project.path())
            // A pipe isn't a file, so what is printed has no limit.
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert_eq!(error, "visor: lock file: visor-lock.json: file too large\n");
        is_untouched(&lock, &old, &["web"]);
    }
    // And with room it is written.
    assert_eq!(visor(project.path(), &["update", "web", "--write"]).code, 0);
    assert_ne!(fs::read(&lock).unwrap(), old);
    assert_eq!(visor(project.path(), &["verify", "web"]).code, 0);
}

/// A file system of its own, gone with the value. `None` where the machine allows no mounts.
struct Disk(PathBuf, #[allow(dead_code)] TempDir);

impl Disk {
    fn of(kilobytes: usize) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("disk");
        fs::create_dir(&path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={kilobytes}k"), "tmpfs"])
            .arg(&path)
            .stderr(Stdio::null())
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then_some(Self(path, folder))
    }

    fn remount(&self, how: &str) {
        let status = Command::new("mount")
            .args(["-o", &format!("remount,{how}")])
            .arg(&self.0)
            .status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_and_one_that_goes_away_leave_the_old_lock_file_whole() {
    use std::io::Write as _;
    let Some(disk) = Disk::of(64) else {
        let _ = writeln!(
            std::io::stderr(),
            "NOT RUN: a disk that fills or goes away (no right to mount one here)"
        );
        return;
    };
    let lock = disk.0.join("visor-lock.json");
    Pins::scan(fixture("1.4.8")).unwrap().save(&lock).unwrap();
    let old = fs::read(&lock).unwrap();
    let new = Tree::installed("1.5.0");
    let update = || {
        let lock = lock.to_str().unwrap();
        let ran = visor(new.path(), &["update", ".", "--write", "--lock", lock]);
        (ran.code, ran.err)
    };

    let mut filler = fs::File::create(disk.0.join("filler")).unwrap();
    while filler.write_all(&[0; 1024]).is_ok() {}
    // Four kilobytes are free: the new file begins, and doesn't end.
    filler
        .set_len(filler.metadata().unwrap().len() - 4096)
        .unwrap();
    let (code, error) = update();
    assert_eq!(code, 2, "{error}");
    assert_eq!(
        error,
        "visor: lock file: visor-lock.json: no storage space
"
    );
    is_untouched(&lock, &old, &["filler"]);
    drop(filler);
    fs::remove_file(disk.0.join("filler")).unwrap();

    // What the kernel does with a disk that fails.
    disk.remount("ro");
    let (code, error) = update();
    assert_eq!(code, 2, "{error}");
    assert_eq!(
        error,
        "visor: lock file: visor-lock.json: read-only filesystem or storage medium
"
    );
    is_untouched(&lock, &old, &[]);

    disk.remount("rw");
    assert_eq!(update(), (0, String::new()));
    assert_eq!(Pins::load(&lock).unwrap().version().to_string(), "1.5.0");
}

#[test]
fn a_program_that_is_killed_leaves_the_old_lock_file_or_the_new_one() {
    let project = outdated();
    let lock = project.path().join("visor-lock.json");
    let old = fs::read(&lock).unwrap();
    assert_eq!(visor(project.path(), &["update", "web", "--write"]).code, 0);
    let new = fs::read(&lock).unwrap();
    let mut killed = 0;
    for round in 0..40 {
        fs::write(&lock, &old).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_visor"))
            .args(["update", "web", "--write"])
            .current_dir(project.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // At another moment each time; which of them hits the writing is left to chance.
        std::thread::sleep(Duration::from_micros(round * 500));
        program.kill().unwrap();
        let status = program.wait().unwrap();
        killed += usize::from(status.signal().is_some());
        let found = fs::read(&lock).unwrap();
        assert!(found == old || found == new, "{status}: half a file");
    }
    assert!(killed > 0, "every run had ended before it was killed");
    // What a killed one left beside it is in nobody's way.
    fs::write(&lock, &old).unwrap();
    assert_eq!(visor(project.path(), &["update", "web", "--write"]).code, 0);
    assert_eq!(fs::read(&lock).unwrap(), new);
}
