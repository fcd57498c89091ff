//! Writes the files that the memory-serving peer wants to see when it is compiled.

#[cfg(not(feature = "peers"))]
fn main() {}

#[cfg(feature = "peers")]
#[path = "src/tree.rs"]
mod tree;

#[cfg(feature = "peers")]
fn main() {
    let folder = std::path::PathBuf::from(std::env::var_os("OUT_DIR").unwrap()).join("tree");
    // A build that is run again finds its own files there.
    let _ = std::fs::remove_dir_all(&folder);
    tree::build(&folder);
    memory_serve::load_directory(folder.join(tree::ASSETS));
}
