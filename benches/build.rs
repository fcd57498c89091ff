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
    // One script: its compressor runs unoptimised here, and would take minutes for a wasm.
    let script = std::path::Path::new(tree::ASSETS).join(tree::SCRIPT);
    drop(tree::build(&folder));
    let served = folder.join("served");
    std::fs::create_dir_all(served.join("js")).unwrap();
    std::fs::rename(folder.join(script), served.join(tree::SCRIPT)).unwrap();
    memory_serve::load_directory(served);
}
