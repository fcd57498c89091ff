//! What a site's pages may load of its folder, besides scripts, which are known by their hashes.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::builder::SiteBuilder;
use crate::app::AppFiles;
use crate::bundle;
use crate::html::find;
use crate::policy::Resource;

/// So many pictures, fonts or recordings in one folder are named one by one. A set of icons has
/// thousands, and servers and proxies stop at a header of 8 KB.
const NAMED: usize = 16;

/// So many files in one folder, and so many pages, are named for scripts to fetch. Each takes about 60 bytes of a
/// header.
const FETCHED: usize = 24;

/// So many style sheets are: with a folder's name in the policy one that was added there later would be kept
/// out by `Integrity-Policy` alone, which not every browser knows for style sheets.
const NAMED_SHEETS: usize = 32;

/// The ends of names of texts and data that code puts together from a page's path or an index, so that nothing
/// names them whole: the sources of pages (Sphinx and docsify: `txt`, `md`), tables and descriptions that viewers
/// are pointed to (`csv`, `yaml`, `yml`, `toml`, `xml`), maps and models (`geojson` to `glb`), their parts and
/// packed files (`bin`, `dat`, `data`), and the index of Pagefind, a search for static sites, whose files
/// are called by their hashes.
const DATA: [&str; 18] = [
    "txt",
    "md",
    "csv",
    "yaml",
    "yml",
    "toml",
    "xml",
    "geojson",
    "topojson",
    "gltf",
    "glb",
    "bin",
    "dat",
    "data",
    "pagefind",
    "pf_fragment",
    "pf_index",
    "pf_meta",
];

/// What the policy names.
pub(super) struct Loads {
    /// Paths of files, and of folders with a slash at the end.
    pub(super) paths: BTreeSet<(Resource, String)>,
}

impl Loads {
    /// Each file by its path; or by that of its folder, where there are too many in it and either no browser
    /// checks what comes, or the guard does. The site's own folder is none of these: all else lies below
    /// it.
    pub(super) fn find(
        made_of: &SiteBuilder,
        base: &str,
        html: &AppFiles,
        files: &AppFiles,
    ) -> Self {
        let mut by_resource: BTreeMap<Resource, Vec<&str>> = BTreeMap::new();
        for (path, _) in files.iter() {
            let resource = bundle::resource(path).filter(|kind| *kind != Resource::Script);
            if let Some(resource) = resource {
                by_resource.entry(resource).or_default().push(path);
            }
        }
        let data = data(html, files);
        let pages = pages(made_of, html, files);
        by_resource
            .entry(Resource::Connect)
            .or_default()
            .extend(data);
        let mut paths: BTreeSet<(Resource, String)> = by_resource
            .into_iter()
            .flat_map(|(resource, paths)| {
                let most = match resource {
                    Resource::Image | Resource::Font | Resource::Media => NAMED,
                    Resource::Connect => FETCHED,
                    Resource::Style => NAMED_SHEETS,
                    _ => usize::MAX,
                };
                let shortened = shortened(&paths, base, most).into_iter();
                shortened.map(move |path| (resource, path))
            })
            .collect();
        let pages = pages.into_iter();
        paths.extend(pages.map(|path| (Resource::Connect, path.to_owned())));
        Self { paths }
    }
}

/// Pages, which routers of a site fetch: of Next.js, for one. And a page asks for itself, to see whether there is a
/// newer one; by its folder's name, for which the guard takes the file's. Each is named by itself. That a page is
/// a folder's can't be said: to a policy it is all that lies below. Where there are many, the policy has to say which of
/// them are fetched.
fn pages<'a>(made_of: &'a SiteBuilder, html: &'a AppFiles, files: &'a AppFiles) -> Vec<&'a str> {
    let routes = made_of.deep.iter().map(|deep| deep.pattern.as_str());
    let routes = routes
        .filter(|route| route.starts_with('/') && !route.ends_with('/') && !route.contains('{'));
    let pages = html.iter().map(|(path, _)| path);
    let pages = pages.filter(|path| files.get(path).is_none());
    let all: Vec<&str> = pages.chain(routes).collect();
    if all.len() > FETCHED {
        return Vec::new();
    }
    all
}

/// Texts and data, which searches and viewers fetch: of Sphinx, Astro, docsify. So are all other files that
/// code or data name: a list of a video's parts, a picture of a game.
fn data<'a>(html: &'a AppFiles, files: &'a AppFiles) -> Vec<&'a str> {
    // A page among these is a part of others.
    let is_data = |path: &str| AppFiles::ends_in(path, &DATA) || AppFiles::is_page(path);
    let others = files.iter().map(|(path, _)| path).filter(|path| {
        let kind = bundle::resource(path);
        let is_loaded = matches!(
            kind,
            Some(Resource::Script | Resource::Style | Resource::Connect)
        );
        !is_loaded && !is_data(path) && !AppFiles::ends_in(path, &["map", "br", "gz", "zst"])
    });
    let others: Vec<&str> = others.collect();
    let wanted: HashSet<&str> = others.iter().map(|path| name(path)).collect();
    let named = mentioned(&wanted, code_texts(html, files));
    let others = others.into_iter().filter(|path| named.contains(name(path)));
    let data = files.iter().map(|(path, _)| path);
    data.filter(|path| is_data(path)).chain(others).collect()
}

/// A longer text than this is none that somebody wrote.
const TEXT: usize = 1 << 20;

/// What may name a file that is fetched: scripts, in pages too, and data.
fn code_texts<'a>(html: &'a AppFiles, files: &'a AppFiles) -> impl Iterator<Item = &'a [u8]> {
    let code = files.iter().filter(|(path, bytes)| {
        let kind = bundle::resource(path);
        kind == Some(Resource::Script)
            || matches!(kind, None | Some(Resource::Connect)) && bytes.len() <= TEXT
    });
    let inline = html.iter().flat_map(|(_, page)| inline_scripts(page));
    code.map(|(_, bytes)| bytes).chain(inline)
}

/// What is between the tags of the scripts in a page, as far as a look tells.
fn inline_scripts(page: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = page;
    std::iter::from_fn(move || {
        let start = find(rest, b"<script")? + b"<script".len();
        let inner = rest.get(start..)?;
        let end = find(inner, b"</script").unwrap_or(inner.len());
        let (script, after) = inner.split_at(end);
        rest = after;
        Some(script)
    })
}

/// Which names of files are in texts.
pub(super) fn mentioned<'n>(
    names: &HashSet<&'n str>,
    texts: impl Iterator<Item = &'n [u8]>,
) -> HashSet<&'n str> {
    let ends = |byte: &u8| {
        !(byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'@' | b'+' | b'%'))
            && byte.is_ascii()
    };
    let words = texts.flat_map(|text| text.split(ends));
    let words = words.filter_map(|word| std::str::from_utf8(word).ok());
    words.filter_map(|word| names.get(word).copied()).collect()
}

/// The last part of a path.
pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Paths, with each folder in place of what lies below it, where that is more than so many.
fn shortened(paths: &[&str], base: &str, most: usize) -> Vec<String> {
    // The deepest come first; what is left of a folder is its parent's.
    let mut folders: BTreeMap<(usize, &str), Vec<&str>> = BTreeMap::new();
    for path in paths {
        let folder = parent(path);
        folders
            .entry((depth(folder), folder))
            .or_default()
            .push(path);
    }
    let mut all = Vec::new();
    while let Some(((_, folder), mut below)) = folders.pop_last() {
        if base.starts_with(folder) {
            all.append(&mut below);
            continue;
        }
        if below.len() > most {
            below = vec![folder];
        }
        let outer = parent(folder.trim_end_matches('/'));
        folders
            .entry((depth(outer), outer))
            .or_default()
            .append(&mut below);
    }
    all.into_iter().map(str::to_owned).collect()
}

fn depth(folder: &str) -> usize {
    folder.matches('/').count()
}

/// The folder of a path, with its slash.
fn parent(path: &str) -> &str {
    let end = path.rfind('/').map_or(0, |slash| slash + 1);
    path.get(..end).unwrap_or_default()
}
