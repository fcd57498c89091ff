//! Whether compressed bytes are those of a file, as a browser would find out.

use std::io::Read as _;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use ruzstd::decoding::StreamingDecoder;

use super::Coding;

/// The largest window that browsers take, in bytes
/// ([RFC 9659, section 3](https://www.rfc-editor.org/rfc/rfc9659#section-3)).
const ZSTD_WINDOW: u64 = 8 * 1024 * 1024;

/// Decompresses and compares. One stream, nothing after it, exactly these bytes; no more memory
/// than one byte over what the file has.
pub(super) fn check(coding: Coding, compressed: &[u8], identity: &[u8]) -> Result<(), String> {
    let (bytes, rest) = match coding {
        Coding::Brotli => brotli(compressed, identity.len() + 1)?,
        Coding::Gzip => gzip(compressed, identity.len() + 1)?,
        Coding::Zstd => zstd(compressed, identity.len() + 1)?,
    };
    if bytes != identity {
        Err("decompressed, it is not the pinned file".to_owned())
    } else if rest > 0 {
        Err(format!("{rest} bytes follow its end"))
    } else {
        Ok(())
    }
}

/// The bytes, up to `limit`, and how many bytes of the input are left.
type Decompressed = Result<(Vec<u8>, usize), String>;

fn brotli(compressed: &[u8], limit: usize) -> Decompressed {
    let mut output = vec![0; limit];
    let (mut left, mut read) = (compressed.len(), 0);
    let (mut room, mut written, mut total) = (output.len(), 0, 0);
    // Strict: without the large windows that no browser takes.
    let mut state = BrotliState::new_strict(
        StandardAlloc::default(),
        StandardAlloc::default(),
        StandardAlloc::default(),
    );
    let result = BrotliDecompressStream(
        &mut left,
        &mut read,
        compressed,
        &mut room,
        &mut written,
        &mut output,
        &mut total,
        &mut state,
    );
    match result {
        // With all room used it is longer than the file, and so another one.
        BrotliResult::ResultSuccess | BrotliResult::NeedsMoreOutput => {
            output.truncate(written);
            Ok((output, left))
        }
        BrotliResult::NeedsMoreInput => Err("it ends too early".to_owned()),
        BrotliResult::ResultFailure => Err("it is not a brotli stream".to_owned()),
    }
}

fn gzip(mut compressed: &[u8], limit: usize) -> Decompressed {
    let mut output = Vec::new();
    // One member, its checksum included; from a slice it reads no further than its end.
    flate2::bufread::GzDecoder::new(&mut compressed)
        .take(limit as u64)
        .read_to_end(&mut output)
        .map_err(|error| format!("it is not a gzip stream: {error}"))?;
    Ok((output, compressed.len()))
}

fn zstd(mut compressed: &[u8], limit: usize) -> Decompressed {
    let wrong = |error: &dyn std::fmt::Display| format!("it is not a zstd stream: {error}");
    let mut decoder = StreamingDecoder::new_with_max_window_size(&mut compressed, ZSTD_WINDOW)
        .map_err(|error| wrong(&error))?;
    let mut output = Vec::new();
    (&mut decoder)
        .take(limit as u64)
        .read_to_end(&mut output)
        .map_err(|error| wrong(&error))?;
    let frame = decoder.into_frame_decoder();
    if let Some(expected) = frame.get_checksum_from_data()
        && frame.get_calculated_checksum() != Some(expected)
    {
        return Err("its checksum is wrong".to_owned());
    }
    Ok((output, compressed.len()))
}
