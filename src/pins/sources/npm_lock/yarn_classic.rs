//! yarn 1: a format of its own that only looks like YAML.
//!
//! A line without indent holds the patterns of an entry, separated by commas and ended by a colon;
//! lines indented by two spaces hold a key and a value. Deeper lines (dependencies) are skipped. As
//! written by yarn: <https://github.com/yarnpkg/yarn/blob/master/src/lockfile/stringify.js>.

use super::super::tree::Fault;
use super::super::{RegistryIntegrity, WeakSha1};
use super::collect::{Collector, Entry, split_name, stated, under};
use super::{LockFault, LockFormat, NoIntegrity};
use crate::foreign;

const FORMAT: LockFormat = LockFormat::YarnClassic;

/// An entry that is being read.
struct Open {
    patterns: Vec<String>,
    line: usize,
    version: Option<String>,
    resolved: Option<String>,
    integrity: Option<String>,
}

pub(super) fn read(text: &str, collector: &mut Collector<'_>) -> Result<(), LockFault> {
    let mut open: Option<Open> = None;
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        let fault = |reason: &str| {
            FORMAT.fault(Fault {
                line: line_number,
                column: 1,
                reason: reason.to_owned(),
            })
        };
        let content = line.trim_start_matches(' ');
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        match line.len() - content.len() {
            0 => {
                if let Some(done) = open.take() {
                    close(&done, collector)?;
                }
                let patterns = content
                    .strip_suffix(':')
                    .and_then(patterns)
                    .ok_or_else(|| fault("no `name@range:` that begins an entry"))?;
                open = Some(Open {
                    patterns,
                    line: line_number,
                    version: None,
                    resolved: None,
                    integrity: None,
                });
            }
            2 => {
                let Some(entry) = &mut open else {
                    return Err(fault("a value that belongs to no entry"));
                };
                // `dependencies:` and the like begin a block of deeper lines.
                if content.ends_with(':') && !content.contains(' ') {
                    continue;
                }
                let (key, value) = content
                    .split_once(' ')
                    .and_then(|(key, rest)| Some((key, value(rest)?)))
                    .ok_or_else(|| fault("neither `key value` nor `key:`"))?;
                let place = match key {
                    "version" => &mut entry.version,
                    "resolved" => &mut entry.resolved,
                    "integrity" => &mut entry.integrity,
                    _ => continue,
                };
                if place.replace(value).is_some() {
                    return Err(fault(&format!(
                        "`{}` appears twice in one entry; remove one",
                        foreign::key(key)
                    )));
                }
            }
            4 => {}
            _ => return Err(fault("indented by neither 0, 2 nor 4 spaces")),
        }
    }
    match open {
        Some(done) => close(&done, collector),
        None => Ok(()),
    }
}

/// The comma list in front of the colon; `None` where a quote isn't closed or a part is empty.
fn patterns(list: &str) -> Option<Vec<String>> {
    let mut rest = list;
    let mut found = Vec::new();
    loop {
        let (pattern, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_at(rest.find(',').unwrap_or(rest.len())),
        };
        if pattern.is_empty() {
            return None;
        }
        found.push(pattern.to_owned());
        if after.is_empty() {
            return Some(found);
        }
        rest = after.strip_prefix(',')?.trim_start_matches(' ');
    }
}

/// A bare word, or a text in quotes. (yarn escapes as JSON does; none of the values that are read
/// here can hold an escape.)
fn value(rest: &str) -> Option<String> {
    let value = match rest.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?,
        None => rest,
    };
    (!value.is_empty() && !value.contains(['"', '\\'])).then(|| value.to_owned())
}

fn close(entry: &Open, collector: &mut Collector<'_>) -> Result<(), LockFault> {
    // All patterns of an entry resolve to one package.
    let Some(name) = entry.patterns.first().and_then(|pattern| name(pattern)) else {
        return Err(FORMAT.fault(Fault {
            line: entry.line,
            column: 1,
            reason: "a pattern without `@` and a range".to_owned(),
        }));
    };
    if !collector.wants(name) {
        return Ok(());
    }
    let place = format!("line {}", entry.line);
    let from_url = |url: &str| url.starts_with("https://") || url.starts_with("http://");
    let elsewhere = |url: &str| !from_url(url) && !is_mirrored(url);
    let url = entry.resolved.as_deref();
    // The fragment is the SHA-1 of the tarball, which older yarns wrote and nothing else.
    let fragment = url
        .and_then(|url| url.split_once('#'))
        .map(|(_, sha1)| sha1);
    let from_fragment = fragment
        .and_then(WeakSha1::from_hex)
        .map(RegistryIntegrity::Weak);
    if let (Some(Ok(written)), Some(other)) = (
        entry
            .integrity
            .as_deref()
            .map(str::parse::<RegistryIntegrity>),
        &from_fragment,
    ) && written.contradicts(other)
    {
        collector.error(LockFault::Contradiction {
            package: format!(
                "{name}@{}",
                foreign::key(entry.version.as_deref().unwrap_or("?"))
            ),
            one: stated(&written, &under(&place, "integrity")),
            other: stated(other, &under(&place, "resolved")),
        });
    }
    let fallback = from_fragment.map(|sha1| sha1.to_string());
    let not_registry = url.is_none() && entry.integrity.is_none() || url.is_some_and(elsewhere);
    collector.take(Entry {
        name,
        version: Some(entry.version.as_deref().unwrap_or_default()),
        integrity: if not_registry {
            Err(NoIntegrity::NOT_FROM_REGISTRY)
        } else {
            entry
                .integrity
                .as_deref()
                .or(fallback.as_deref())
                .ok_or(NoIntegrity::MISSING)
        },
        // A file of an offline mirror doesn't say which host it was fetched from.
        resolved: url.filter(|url| !not_registry && from_url(url)),
        place,
    });
    Ok(())
}

/// Whether what an entry was resolved to is a file of yarn's offline mirror: `name-1.5.0.tgz#sha1`, a
/// name alone, with the SHA-1 of the registry's tarball that yarn put there.
fn is_mirrored(resolved: &str) -> bool {
    resolved.split_once(".tgz#").is_some_and(|(name, sha1)| {
        !name.contains(['/', '\\', ':']) && WeakSha1::from_hex(sha1).is_some()
    })
}

/// The package of a pattern `name@range`; of an alias `other@npm:name@range`, the real one.
fn name(pattern: &str) -> Option<&str> {
    let (name, range) = split_name(pattern)?;
    match range.strip_prefix("npm:") {
        Some(real) => Some(split_name(real).map_or(real, |(name, _)| name)),
        None => Some(name),
    }
}
