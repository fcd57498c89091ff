//! The page in a real browser: `--browser`.

use std::path::Path;

use tower_visor::audit::{Context, Observation, Owners, Visit};
use tower_visor::url::Url;

use super::arguments::Audit;
use super::asking::{client, page, runtime, seconds};
use crate::browser::{self, Gate, Order, Program, Stopped};
use crate::fault::Fault;
use crate::input;

/// The browser to ask, if one is to be asked, and nothing forbids it.
pub(super) fn browser(arguments: &Audit) -> Result<Option<Program>, Fault> {
    let Some(asked) = arguments.browser() else {
        return Ok(None);
    };
    let fault = |why: &str| Fault::new("--browser", &why);
    if !cfg!(unix) {
        return Err(fault(
            "it ends a browser with all its processes as Unix does, and Windows has no such way; \
             leave it out, or run visor in WSL",
        ));
    }
    if !arguments.is_url() {
        return Err(fault("a browser opens URLs, not files"));
    }
    if !arguments.secrets.is_empty() {
        let why =
            "headers and cookies can't be given to a browser: it would send them to every host";
        return Err(fault(why));
    }
    let program = Program::find(asked).map_err(|why| fault(&why))?;
    if let Some(why) = arguments.browsing.forbidden(program.engine) {
        return Err(fault(why));
    }
    Ok(Some(program))
}

pub(super) fn owners(file: &Path) -> Result<Owners, Fault> {
    let text = input::text(file)?;
    toml::from_str(&text).map_err(|error| Fault::new(&input::name(file), &error))
}

/// What the browser saw.
pub(super) fn look(
    arguments: &Audit,
    program: &Program,
    context: &Context<'_>,
) -> Result<Observation, Fault> {
    let page = page(arguments)?;
    let client = client(arguments, &page)?;
    let fault = |why: &str| Fault::new("--browser", &why);
    let fetch_of = |url: &Url| Visit::new(url.clone(), context).next_fetch();
    let runtime = runtime()?;
    let order = Order {
        began: input::now_to_the_second(),
        most: arguments.max_bytes,
        time: seconds("--browser-timeout", arguments.browsing.browser_timeout)?,
        gate: Gate::new(
            fetch_of(&page).ok_or_else(|| fault("the page can't be asked for"))?,
            client.budget(),
        ),
        trusted: None,
        page,
    };
    let outcome = runtime.block_on(async {
        let mut order = order;
        if arguments.ca.is_some()
            && order.page.scheme() == "https"
            && let Some(fetch) = fetch_of(&order.page)
        {
            let checked = client.certificate(&fetch).await;
            let early = |why| Stopped { why, seen: None };
            order.trusted = Some(checked.map_err(early)?);
        }
        let mut seen = browser::look(program, &arguments.browsing, &order).await?;
        if seen.certificate.is_none()
            && let Ok(url) = Url::effective(&seen.url)
            && url.scheme() == "https"
            && let Some(fetch) = fetch_of(&url)
        {
            match client.certificate(&fetch).await {
                Ok(der) => {
                    let by = "a connection of the program's own, at the same time";
                    seen.certificate = Some(browser::certificate(&der, by));
                }
                Err(why) => seen.not_seen("the certificate of the page's server", &why),
            }
        }
        Ok(seen)
    });
    // A look-up of a name that hangs must not hold the program.
    runtime.shutdown_background();
    let file = arguments.browsing.observation.as_deref();
    let save = |seen: &Observation| match file {
        Some(file) => {
            let saved = seen.save(file);
            saved.map_err(|error| Fault::new(&input::name(file), &error.kind()))
        }
        None => Ok(()),
    };
    match outcome {
        Ok(seen) => {
            save(&seen)?;
            Ok(seen)
        }
        Err(Stopped { why, seen }) => {
            let mut why = why;
            if let (Some(seen), Some(file)) = (seen, file) {
                save(&seen)?;
                why = format!("{why}; what was seen so far is in {}", input::name(file));
            }
            Err(fault(&why))
        }
    }
}
