//! Two answers for one path of a host.

use std::collections::BTreeMap;

use super::headers_file::page_paths;
use super::pattern::written;
use super::plan::Plan;
use super::{ExportFault, Hosting};
use crate::foreign::shown;
use crate::site::Part;

/// Whether the rules of all patterns that fit a path have their say, and not the first one's alone.
fn joins_rules(hosting: Hosting) -> bool {
    use Hosting::{AzureFrontDoor, CloudflarePages, Netlify, Vercel};
    matches!(hosting, AzureFrontDoor | CloudflarePages | Netlify | Vercel)
}

/// Looks for paths that two pages, or a page and a file, are to be sent at.
pub(super) fn check(plan: &Plan, faults: &mut Vec<ExportFault>) {
    files_and_folders(plan, faults);
    let of_pages = plan.pages.iter().flat_map(|page| {
        let paths = page_paths(plan.hosting, &page.paths);
        paths.into_iter().map(move |path| (path, page.file.clone()))
    });
    let of_files = plan.file_paths.iter().map(|path| {
        let file = format!("public/{}", path.trim_start_matches('/'));
        (path.clone(), file)
    });
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for (path, file) in of_pages.chain(of_files) {
        match known.get(&path) {
            Some(one) if *one != file => faults.push(ExportFault::OnePath {
                hosting: plan.hosting,
                path: shown(&path),
                one: format!("`{}`", shown(one)),
                other: format!("`{}`", shown(&file)),
            }),
            _ => drop(known.insert(path, file)),
        }
    }
    patterns(plan, &known, faults);
}

/// A file of the one name, and a folder of the same: a disk has one of them.
fn files_and_folders(plan: &Plan, faults: &mut Vec<ExportFault>) {
    for place in plan.files.keys() {
        let mut folders = place.match_indices('/').map(|(at, _)| &place[..at]);
        if let Some(file) = folders.find(|folder| plan.files.contains_key(*folder)) {
            faults.push(ExportFault::FileAndFolder {
                path: shown(file),
                other: shown(place),
            });
        }
    }
}

fn patterns(plan: &Plan, known: &BTreeMap<String, String>, faults: &mut Vec<ExportFault>) {
    let all: Vec<_> = plan.deep().map(|(pattern, _)| pattern).collect();
    for (index, pattern) in all.iter().enumerate() {
        let text = written(pattern);
        if let Some(file) = known.get(&text) {
            faults.push(ExportFault::OnePath {
                hosting: plan.hosting,
                path: shown(&text),
                one: format!("`{}`", shown(file)),
                other: "a page that `page_at` puts there".to_owned(),
            });
        }
        for other in &all[..index] {
            let is_same = other.parts().len() == pattern.parts().len()
                && std::iter::zip(other.parts(), pattern.parts()).all(|(one, two)| one == two);
            if is_same || joins_rules(plan.hosting) && meet(other.parts(), pattern.parts()) {
                faults.push(ExportFault::OnePattern {
                    hosting: plan.hosting,
                    one: shown(&written(other)),
                    other: shown(&text),
                    way: if is_same {
                        "take one of them out"
                    } else {
                        "give one of them a folder of its own, or export for another host"
                    },
                });
            }
        }
    }
}

/// Whether there is a path that fits both.
fn meet(one: &[Part], other: &[Part]) -> bool {
    match (one.split_first(), other.split_first()) {
        (None, None) | (Some((Part::Rest, _)), Some(_)) | (Some(_), Some((Part::Rest, _))) => true,
        (Some((Part::Text(text), rest)), Some((Part::Text(known), further))) => {
            text == known && meet(rest, further)
        }
        (Some((_, rest)), Some((_, further))) => meet(rest, further),
        _ => false,
    }
}
