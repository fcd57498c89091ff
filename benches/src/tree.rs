//! A tree of the real SDK's shape: 85 files, 9.5 MB.

use std::path::{Path, PathBuf};

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/sdk/1.5.0");

/// Where the assets lie in it.
pub const ASSETS: &str = "node_modules/@azure-ai-vision-face/ui-assets/facelivenessdetector-assets";

/// One of the two engines' scripts, below the assets.
pub const SCRIPT: &str = "js/AzureAIVisionFace_SIMD.js";

/// Sizes of the files of 1.5.0 that carry the weight, in bytes.
const COMPONENT: usize = 24_604;
const ENGINE: [usize; 2] = [149_366, 149_873];
const WASM: [usize; 2] = [4_365_378, 4_455_257];
/// So that there are 85 files, as in 1.5.0.
const LOCALES: usize = 74;

/// The stand-in, its files filled up to the sizes of the real ones, and as many languages. What is
/// added is text of no meaning that compresses about as well as the real files do.
#[must_use]
pub fn build(root: &Path) -> Vec<PathBuf> {
    let component = Path::new("node_modules/@azure/ai-vision-face-ui");
    let package = Path::new("node_modules/@azure-ai-vision-face/ui-assets");
    let assets = Path::new(ASSETS);
    let mut files = Vec::new();
    let write = |path: PathBuf, content: &[u8]| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    };
    let read = |path: &Path| std::fs::read(Path::new(FIXTURE).join(path)).unwrap();
    for folder in [component, package] {
        let path = folder.join("package.json");
        write(path.clone(), &read(&path));
    }
    let script = component.join("FaceLivenessDetector.js");
    files.push(write(script.clone(), &filled(read(&script), COMPONENT)));
    for (index, engine) in ["AzureAIVisionFace", "AzureAIVisionFace_SIMD"]
        .iter()
        .enumerate()
    {
        let script = assets.join(format!("js/{engine}.js"));
        files.push(write(script.clone(), &filled(read(&script), ENGINE[index])));
        let wasm = assets.join(format!("js/{engine}.wasm"));
        files.push(write(wasm.clone(), &filled(read(&wasm), WASM[index])));
    }
    let words = read(&assets.join("i18n/en.json"));
    files.push(write(assets.join("i18n/en.json"), &words));
    for index in 0..LOCALES {
        let letter = |n: usize| char::from(b'a' + u8::try_from(n).unwrap());
        let locale = format!("{}{}-AA", letter(index / 26), letter(index % 26));
        let path = assets.join(format!("i18n/{locale}/en.json"));
        let mut content = words.clone();
        content.resize(content.len().max(3000), b'\n');
        files.push(write(path, &content));
    }
    for image in std::fs::read_dir(Path::new(FIXTURE).join(assets.join("images"))).unwrap() {
        let path = assets.join("images").join(image.unwrap().file_name());
        files.push(write(path.clone(), &read(&path)));
    }
    files
}

/// Comments of white space and hexadecimal digits: nothing that a script or a module would run.
fn filled(mut content: Vec<u8>, size: usize) -> Vec<u8> {
    let is_wasm = content.starts_with(b"\0asm");
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    if !is_wasm {
        content.extend_from_slice(b"\n// ");
    }
    while content.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        if is_wasm {
            // A custom section would have a size before it: nobody runs this one.
            content.extend_from_slice(&[0; 6]);
            content.extend_from_slice(&state.to_le_bytes()[..3]);
        } else {
            content.extend_from_slice(format!("{state:016x}          ").as_bytes());
        }
    }
    content.truncate(size.max(content.len().min(size)));
    content
}
