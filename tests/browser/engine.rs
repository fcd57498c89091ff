//! A browser of any engine, for what all of them have to do alike.

use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::chromium::Chromium;
use crate::connection::PATIENCE;
use crate::firefox::{self, Firefox};
use crate::page::Page;
use crate::tls::{Tls, tunnel};
use crate::webkit::Webkit;

/// Each test of a list in each engine: a module of tests for one.
macro_rules! in_each_engine {
    ($($test:ident),+ $(,)?) => {
        crate::engine::in_each_engine!(@chromium Chromium $($test)+);
        crate::engine::in_each_engine!(@firefox Firefox $($test)+);
        crate::engine::in_each_engine!(@webkit Webkit $($test)+);
    };
    (@$module:ident $engine:ident $($test:ident)+) => {
        mod $module {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(crate::engine::Engine::$engine).await;
                }
            )+
        }
    };
}
pub(crate) use in_each_engine;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    Webkit,
}

#[derive(Debug)]
pub(crate) enum Browser {
    Chromium(Chromium),
    Firefox(Firefox),
    Webkit(Box<Webkit>),
}

/// A page of such a browser.
#[derive(Debug)]
pub(crate) enum Tab<'a> {
    Chromium(Page),
    Firefox(firefox::Tab<'a>),
    Webkit(&'a Webkit),
}

impl Engine {
    /// Starts it, for pages that go through a proxy; `None` when its tests are to be skipped.
    pub(crate) async fn launch(self, proxy: &str) -> Option<Browser> {
        Some(match self {
            Self::Chromium => Browser::Chromium(Chromium::launch(&[]).await?),
            Self::Firefox => Browser::Firefox(Firefox::launch().await?),
            Self::Webkit => Browser::Webkit(Box::new(Webkit::launch(proxy).await?)),
        })
    }
}

impl Engine {
    /// Starts it for servers with this key, which every host name leads to at the port that its
    /// URL says; `None` when its tests are to be skipped.
    pub(crate) async fn launch_for(self, tls: &Tls) -> Option<Browser> {
        self.launch_through(tls, &tunnel().await).await
    }

    /// As [`Engine::launch_for`], and it sends its reports at once.
    pub(crate) async fn launch_reporting(self, tls: &Tls) -> Option<Browser> {
        if self != Self::Chromium {
            return self.launch_for(tls).await;
        }
        let [trust, hosts] = tls.flags(&[]);
        // Else it keeps reports for a minute.
        let flags = [trust.as_str(), &hosts, "--short-reporting-delay"];
        Chromium::launch(&flags).await.map(Browser::Chromium)
    }

    /// As [`Engine::launch_for`], for pages that go through a tunnel.
    pub(crate) async fn launch_through(self, tls: &Tls, tunnel: &str) -> Option<Browser> {
        Some(match self {
            Self::Chromium => {
                let flags = tls.flags(&[]);
                let flags = flags.each_ref().map(String::as_str);
                Browser::Chromium(Chromium::launch(&flags).await?)
            }
            Self::Firefox => Browser::Firefox(Firefox::launch().await?),
            Self::Webkit => Browser::Webkit(Box::new(Webkit::launch(tunnel).await?)),
        })
    }
}

impl Engine {
    /// Starts it for servers on 127.0.0.1, which it asks itself, so that they see each connection; `None`
    /// when its tests are to be skipped.
    pub(crate) async fn launch_direct(self) -> Option<Browser> {
        Some(match self {
            Self::Webkit => Browser::Webkit(Box::new(Webkit::launch_direct().await?)),
            Self::Chromium | Self::Firefox => self.launch("").await?,
        })
    }
}

impl Browser {
    /// A new page of a browser that asks servers itself.
    pub(crate) async fn direct_tab(&self) -> Tab<'_> {
        match self {
            Self::Chromium(browser) => Tab::Chromium(browser.page().await),
            Self::Firefox(browser) => Tab::Firefox(browser.tab().await),
            Self::Webkit(browser) => Tab::Webkit(browser),
        }
    }

    /// A new page, whose requests go through the proxy. In `WebKit` it is the only one: whoever asks
    /// for another has done with it.
    pub(crate) async fn tab(&self, proxy: &str) -> Tab<'_> {
        match self {
            Self::Chromium(browser) => Tab::Chromium(browser.page_through(proxy).await),
            Self::Firefox(browser) => Tab::Firefox(browser.tab_through(proxy).await),
            Self::Webkit(browser) => Tab::Webkit(browser),
        }
    }
}

impl Tab<'_> {
    /// Goes to `url` and waits until it has loaded.
    pub(crate) async fn goto(&self, url: &str) {
        match self {
            Self::Chromium(page) => page.goto(url).await,
            Self::Firefox(tab) => tab.goto(url).await,
            Self::Webkit(page) => page.goto(url).await,
        }
    }

    /// The value of an expression, awaited when it is a promise; an exception is an error.
    pub(crate) async fn eval<T: DeserializeOwned>(&self, js: &str) -> Result<T, String> {
        match self {
            Self::Chromium(page) => page.eval(js).await,
            Self::Firefox(tab) => tab.eval(js).await,
            Self::Webkit(page) => page.eval(js).await,
        }
    }

    /// Runs a statement as if the visitor had just clicked something.
    pub(crate) async fn act(&self, js: &str) -> Result<(), String> {
        match self {
            Self::Chromium(page) => page.top().act(js).await,
            Self::Firefox(tab) => tab.act(js).await,
            Self::Webkit(page) => page.act(js).await,
        }
    }

    /// Waits until the expression `js` is truthy; says what the console holds when it never is.
    pub(crate) async fn wait_for(&self, js: &str) {
        let js = format!("Promise.resolve({js}).then(Boolean)");
        let mut last = String::new();
        let looks = async {
            while !self.eval::<bool>(&js).await.unwrap_or_else(|error| {
                last = error;
                false
            }) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, looks).await.is_ok();
        let console = if in_time { None } else { self.console().await };
        assert!(in_time, "never true: {js}\n{last}\nconsole: {console:#?}");
    }

    /// The texts in the console since the page was made; `None` where they can't be had.
    pub(crate) async fn console(&self) -> Option<Vec<String>> {
        match self {
            Self::Chromium(page) => {
                let lines = page.console().await;
                Some(lines.into_iter().map(|line| line.text).collect())
            }
            Self::Firefox(tab) => {
                let lines = tab.console().await;
                Some(lines.into_iter().map(|(_, text)| text).collect())
            }
            // It writes them to the system's journal, and the driver has no command for them.
            Self::Webkit(_) => None,
        }
    }
}
