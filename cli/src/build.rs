//! `visor build`

use std::path::PathBuf;

use clap::Args;
use tower_visor::PinnedAssets;
use tower_visor::export::{self, Hosting};
use tower_visor::header::WaictMode;

use crate::exceptions::{self, Given};
use crate::fault::Fault;
use crate::front_end::{FrontEnd, pair};
use crate::input;
use crate::outcome::{self, Outcome};

#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub(crate) struct Build {
    /// The folder of the application: index.html, scripts, styles. Everything in it is public
    #[arg(value_name = "APP", required_unless_present = "check")]
    folder: Option<PathBuf>,

    /// Where the SDK is: a folder with `node_modules`, or with the component next to its assets
    #[arg(long, value_name = "DIR", required_unless_present = "check")]
    sdk: Vec<PathBuf>,

    /// The policy (TOML or JSON); files in the folder needn't be named in it
    #[arg(short, long, value_name = "FILE", required_unless_present = "check")]
    policy: Option<PathBuf>,

    /// The server: nginx, apache, caddy, azure-static-web-apps, azure-front-door, cloudflare-pages,
    /// netlify, vercel, node, or json for any other
    #[arg(long, value_name = "NAME", required_unless_present = "check")]
    host: Option<Hosting>,

    /// The folder to write; an earlier export there is replaced
    #[arg(short, long, value_name = "DIR", required_unless_present = "check")]
    out: Option<PathBuf>,

    /// Where that folder will be on the server (nginx, apache, caddy)
    #[arg(long, value_name = "PATH", default_value = "/srv/visor")]
    at: String,

    /// Paths that an application behind the server answers: `/api/=http://127.0.0.1:3000`
    #[arg(long, value_name = "PATH=URL", value_parser = pair)]
    proxy: Vec<(String, String)>,

    #[command(flatten)]
    front_end: FrontEnd,

    /// Writes compressed copies too (brotli, gzip), for servers that send them
    #[arg(long)]
    compress: bool,

    /// Writes a manifest of everything that the site sends, and pages that name it: report or
    /// enforce. Experimental; see the manual on WAICT
    #[arg(long, value_name = "MODE")]
    waict: Option<WaictMode>,

    /// Compares an export with the list of digests in it, and writes nothing
    #[arg(long, value_name = "DIR", exclusive = true)]
    check: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Build) -> Result<Outcome, Fault> {
    if let Some(folder) = &arguments.check {
        return check(folder);
    }
    let missing = |name: &str| Fault::new(name, &"is missing");
    // clap asks for each of them.
    let folder = arguments.folder.as_ref().ok_or_else(|| missing("APP"))?;
    let host = arguments.host.ok_or_else(|| missing("--host"))?;
    let out = arguments.out.as_ref().ok_or_else(|| missing("--out"))?;
    let policy = arguments
        .policy
        .as_ref()
        .ok_or_else(|| missing("--policy"))?;
    let given = Given::File(policy);
    let policy = input::policy(policy)?;

    let mut builder = arguments.front_end.builder(folder, &arguments.sdk)?;
    if let Some(mode) = arguments.waict {
        builder = builder.waict(mode);
    }
    if arguments.compress {
        builder = builder.assets(PinnedAssets::builder().compressing());
    }
    let site = input::busy("verifying", || builder.load_policy(policy));
    let site = site.map_err(|errors| exceptions::fault(&errors, &given))?;
    let mut export = site.export(host).at(&arguments.at);
    for (path, upstream) in &arguments.proxy {
        export = export.proxying(path, upstream);
    }
    let written = export.write(out);
    let written = written.map_err(|errors| Fault::new("the export", &errors))?;
    outcome::tell(written.notes().iter().cloned());
    let asked = site.warnings().into_iter();
    let asked = asked.flat_map(|one| one.exceptions());
    outcome::tell_paste(exceptions::to_paste(asked, &given));
    let (name, count) = (input::name(out), written.files().count());
    Ok(format!("{name}: {count} files for {host}\n").into())
}

fn check(folder: &PathBuf) -> Result<Outcome, Fault> {
    let name = input::name(folder);
    match export::check(folder) {
        Ok(count) => Ok(format!("{name}: {count} files, all as they were exported\n").into()),
        Err(errors) => {
            let found = errors.iter().all(export::ExportError::is_difference);
            if !found {
                return Err(Fault::new(&name, &errors));
            }
            Ok(Outcome {
                text: tower_visor::escape::log_lines(&format!("{errors}\n")),
                is_clean: false,
            })
        }
    }
}
