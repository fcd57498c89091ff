//! Compressed copies of a file.

#[cfg(feature = "compress")]
mod compress;
#[cfg(feature = "precompressed")]
mod decompress;

use bytes::Bytes;

use super::{AssetsBuilder, AssetsFault, Coding};

/// Checks what can be checked before a file is read.
#[cfg(feature = "precompressed")]
pub(super) fn check(options: &AssetsBuilder, errors: &mut Vec<AssetsFault>) {
    if let Some(folder) = &options.precompressed
        && !folder.is_dir()
    {
        // The last part: enough to recognise it, and nothing of the machine.
        let name = folder.file_name().unwrap_or(folder.as_os_str());
        errors.push(AssetsFault::NoFolder {
            folder: name.to_string_lossy().into_owned(),
        });
    }
}

/// The compressed copies of a file, each checked against its bytes. A file of the application has a
/// URL, and may have them beside it.
#[cfg(feature = "precompressed")]
pub(super) fn of(
    options: &AssetsBuilder,
    path: &str,
    url: Option<&str>,
    identity: &Bytes,
    errors: &mut Vec<AssetsFault>,
) -> Vec<(Coding, Bytes)> {
    let mut found = Vec::new();
    for coding in Coding::ALL {
        let copy = copy(options, path, url, identity, coding).and_then(|copy| {
            if let Some(copy) = &copy {
                decompress::check(coding, copy, identity)?;
            }
            Ok(copy)
        });
        match copy {
            Ok(Some(copy)) => found.push((coding, Bytes::from(copy))),
            Ok(None) => {}
            Err(reason) => errors.push(AssetsFault::Variant {
                path: path.to_owned(),
                coding,
                reason,
            }),
        }
    }
    found
}

/// A copy beside the file, one from the folder, or one that is made.
#[cfg(feature = "precompressed")]
fn copy(
    options: &AssetsBuilder,
    path: &str,
    url: Option<&str>,
    identity: &[u8],
    coding: Coding,
) -> Result<Option<Vec<u8>>, String> {
    // Build tools put it beside the file.
    let beside = url.and_then(|url| options.app.get(&format!("{url}{}", coding.extension())));
    if let Some(copy) = beside {
        return Ok(Some(copy.to_vec()));
    }
    if let Some(folder) = &options.precompressed {
        let copy = folder.join(format!("{path}{}", coding.extension()));
        if let Some(copy) = read(&copy, identity.len()).map_err(|error| error.to_string())? {
            return Ok(Some(copy));
        }
    }
    #[cfg(feature = "compress")]
    if options.compressing == super::builder::Compressing::AtStart {
        let made = compress::compress(coding, identity).map_err(|error| error.to_string())?;
        return Ok(made.filter(|made| made.len() < identity.len()));
    }
    Ok(None)
}

/// A file that is shorter than `limit`; `None` for one that is not there or not shorter.
#[cfg(feature = "precompressed")]
fn read(path: &std::path::Path, limit: usize) -> std::io::Result<Option<Vec<u8>>> {
    use std::io::Read as _;
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.kind().into()),
    };
    let mut bytes = Vec::new();
    file.take(limit as u64).read_to_end(&mut bytes)?;
    Ok((bytes.len() < limit).then_some(bytes))
}

#[cfg(not(feature = "precompressed"))]
pub(super) fn check(_: &AssetsBuilder, _: &mut Vec<AssetsFault>) {}

#[cfg(not(feature = "precompressed"))]
pub(super) fn of(
    _: &AssetsBuilder,
    _: &str,
    _: Option<&str>,
    _: &Bytes,
    _: &mut Vec<AssetsFault>,
) -> Vec<(Coding, Bytes)> {
    Vec::new()
}
