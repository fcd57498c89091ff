//! The front ends, with what a team declares for each of them.

/// What the team says in its policy, each with a reason.
#[derive(Clone, Copy)]
pub(super) enum Says {
    /// `style` attributes of the pages count by their hashes.
    Attributes,
    /// All `style` attributes do: a library writes them at run time.
    AnyAttribute,
    /// So do `<style>` elements.
    AnyStyle,
    /// Handlers in the markup count by their hashes.
    Handlers,
    /// A library makes its Trusted Types policy.
    Policy(&'static str),
    /// A picture of another host, which the isolation that is the default would keep out.
    Shows(&'static str),
    /// A script whose name is put together, of more than the policy has room for.
    Loads(&'static str),
    /// What no page needs.
    Without(&'static str),
}
use Says::{AnyAttribute, AnyStyle, Attributes, Handlers, Loads, Policy, Shows, Without};

impl std::fmt::Display for Says {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Attributes => f.write_str("`style-src-attr 'unsafe-hashes'`"),
            AnyAttribute => f.write_str("`style-src-attr 'unsafe-inline'`"),
            Handlers => f.write_str("`script-src-attr 'unsafe-hashes'`"),
            AnyStyle => f.write_str("`style-src 'unsafe-inline'`"),
            Policy(name) => write!(f, "`trusted-types {name}`"),
            Shows(url) => write!(f, "shows `{url}`, `Isolation::Credentialless`"),
            Loads(path) => write!(f, "loads `{path}`"),
            Without(name) => write!(f, "without `{name}`"),
        }
    }
}

/// The row of `docs/bundlers.md` about a front end.
pub(super) fn documented(name: &str, says: &[Says]) -> String {
    let says: Vec<String> = says.iter().map(ToString::to_string).collect();
    let says = if says.is_empty() {
        "nothing".to_owned()
    } else {
        says.join(", ")
    };
    format!("| {name} | {says} |")
}

pub(super) struct Front {
    pub(super) name: &'static str,
    /// Its files, below the folder of all that is built.
    pub(super) files: &'static str,
    pub(super) says: &'static [Says],
    pub(super) page: &'static str,
    /// It has come as far as it comes by itself.
    pub(super) ready: &'static str,
    /// What a visitor does; the page is another one afterwards. Nothing, where there is nothing to do.
    pub(super) does: &'static str,
}

const CLICK: &str = "document.querySelector('button').click()";

pub(super) const FRONTS: &[Front] = &[
    vite("React", "vite/react/dist", &[]),
    vite("Vue", "vite/vue/dist", &[Policy("vue")]),
    vite(
        "Svelte",
        "vite/svelte/dist",
        &[Policy("svelte-trusted-html")],
    ),
    vite("Solid", "vite/solid/dist", &[]),
    vite("Preact", "vite/preact/dist", &[]),
    vite("no framework", "vite/vanilla/dist", &[]),
    Front {
        name: "Lit",
        files: "vite/lit/dist",
        says: &[Policy("lit-html")],
        page: "/",
        ready: "document.querySelector('my-element').shadowRoot.querySelector('button')",
        does: "document.querySelector('my-element').shadowRoot.querySelector('button').click()",
    },
    shown(
        "Angular",
        "starters/angular/dist/angular/browser",
        &[AnyStyle],
    ),
    Front {
        name: "Next.js",
        files: "next/out",
        says: &[Policy("nextjs"), Policy("nextjs#bundler")],
        page: "/",
        ready: "document.body.innerText.includes('Hello')",
        does: "",
    },
    shown("Nuxt", "starters/nuxt/.output/public", &[Policy("vue")]),
    Front {
        name: "SvelteKit",
        files: "starters/kit/build",
        says: &[Attributes, Policy("svelte-trusted-html")],
        page: "/",
        ready: "document.querySelectorAll('button')[1]",
        does: "document.querySelectorAll('button')[1].click()",
    },
    Front {
        name: "Astro, with Starlight, without its search",
        files: "astro/dist",
        says: &[Attributes],
        page: "/guide/",
        ready: "document.querySelector('starlight-theme-select select')",
        does: "(select => { select.value = 'dark'; select.dispatchEvent(new Event('change', { bubbles: true })) })\
            (document.querySelector('starlight-theme-select select'))",
    },
    // It prefetches what the links of a page lead to.
    Front {
        name: "VitePress",
        files: "vitepress/.vitepress/dist",
        says: &[Attributes, Policy("vue")],
        page: "/",
        ready: "document.querySelector('link[rel=prefetch]')",
        does: "document.querySelector('main a[href*=kiwi]').click()",
    },
    Front {
        name: "swagger-ui-dist",
        files: "packed/swagger-ui-dist",
        says: &[Policy("dompurify")],
        page: "/",
        ready: "document.querySelector('.opblock-summary-control')",
        does: "document.querySelector('.opblock-summary-control').click()",
    },
    Front {
        name: "Redoc",
        files: "packed/redoc",
        says: &[
            AnyStyle,
            Shows("https://cdn.redoc.ly/redoc/logo-mini.svg"),
            Without("bundles/redoc.lib.js"),
            Without("bundles/redoc.browser.lib.js"),
            Without("typings/"),
        ],
        page: "/",
        ready: "document.querySelector('[role=menuitem]')",
        does: "document.querySelector('[role=menuitem]').click()",
    },
    Front {
        name: "reveal.js",
        files: "packed/reveal.js",
        says: &[Without("demo.html"), AnyStyle],
        page: "/",
        ready: "document.querySelector('.navigate-right.enabled')",
        does: "document.querySelector('.navigate-right').click()",
    },
    Front {
        name: "docsify",
        files: "packed/docsify",
        says: &[Without("src/"), Without("dist/plugins/")],
        page: "/",
        ready: "document.querySelector('h1')",
        does: "location.hash = '#/page'",
    },
    Front {
        name: "Bootstrap",
        files: "packed/bootstrap",
        says: &[],
        page: "/",
        ready: "document.querySelector('.dropdown-toggle')",
        does: "document.querySelector('.dropdown-toggle').click()",
    },
    Front {
        name: "htmx",
        files: "packed/htmx.org",
        says: &[AnyStyle],
        page: "/",
        ready: "document.querySelector('button')",
        does: CLICK,
    },
    Front {
        name: "jQuery UI",
        files: "packed/jquery-ui-dist",
        says: &[Attributes],
        page: "/",
        ready: "document.querySelector('.ui-accordion')",
        does: "document.querySelectorAll('.ui-accordion-header')[1].click()",
    },
    Front {
        name: "Leaflet",
        files: "packed/leaflet",
        says: &[],
        page: "/",
        ready: "document.querySelector('.leaflet-marker-icon')",
        does: "document.querySelector('.leaflet-marker-icon').click()",
    },
    Front {
        name: "Quill",
        files: "packed/quill",
        says: &[],
        page: "/",
        ready: "document.querySelector('.ql-editor')",
        does: "document.querySelector('.ql-header .ql-picker-label').dispatchEvent(new MouseEvent('mousedown'))",
    },
    Front {
        name: "mathjax",
        files: "packed/mathjax",
        says: &[AnyStyle, AnyAttribute],
        page: "/",
        ready: "document.querySelectorAll('mjx-container')[1]",
        does: "",
    },
    Front {
        name: "Prism, which loads its languages",
        files: "packed/prismjs",
        says: &[Loads("/components/prism-css.min.js")],
        page: "/",
        ready: "document.querySelector('.token')",
        does: "",
    },
    Front {
        name: "core-js, all of it",
        files: "packed/core-js-bundle",
        says: &[],
        page: "/",
        ready: "document.querySelector('#made').textContent",
        does: CLICK,
    },
    Front {
        name: "mkdocs-material",
        files: "python/mkdocs",
        says: &[],
        page: "/",
        ready: "document.querySelector('h1')",
        does: "document.querySelector('article a[href*=kiwi]').click()",
    },
    sphinx(
        "sphinx-rtd-theme, with jQuery",
        "python/sphinx_rtd_theme",
        &[],
    ),
    sphinx("furo", "python/furo", &[Attributes]),
    sphinx("alabaster", "python/alabaster", &[AnyAttribute]),
    sphinx(
        "pydata-sphinx-theme, with Bootstrap",
        "python/pydata_sphinx_theme",
        &[Attributes, AnyStyle, Without("_static/webpack-macros.html")],
    ),
    sphinx("agogo", "python/agogo", &[Attributes]),
    sphinx("haiku", "python/haiku", &[Attributes]),
    sphinx("scrolls", "python/scrolls", &[Attributes]),
    Front {
        name: "pdoc",
        files: "python/pdoc",
        says: &[],
        page: "/fruit.html",
        ready: "document.querySelector('.view-source-button')",
        does: "document.querySelector('.view-source-button').click()",
    },
    Front {
        name: "pytest-html",
        files: "python/pytest",
        says: &[Handlers],
        page: "/",
        ready: "document.querySelector('.collapsible')",
        does: "document.querySelector('.collapsible td').click()",
    },
    Front {
        name: "coverage.py",
        files: "python/coverage",
        says: &[],
        page: "/",
        ready: "document.querySelector('#filter')",
        does: "(field => { field.value = 'no such file'; field.dispatchEvent(new Event('input')) })\
            (document.querySelector('#filter'))",
    },
    shown("Pelican", "python/pelican", &[]),
    Front {
        name: "Istanbul's report",
        files: "reports/coverage",
        says: &[Attributes],
        page: "/",
        ready: "document.querySelector('th')",
        does: "(field => { field.value = 'no such file'; field.dispatchEvent(new Event('input')) })\
            (document.querySelector('#fileSearch'))",
    },
    Front {
        name: "Playwright's report",
        files: "reports/playwright",
        says: &[AnyAttribute],
        page: "/",
        ready: "document.querySelector('a[href*=testId]')",
        does: "document.querySelector('a[href*=testId]').click()",
    },
];

/// A template of create-vite: a page with a counter.
const fn vite(name: &'static str, files: &'static str, says: &'static [Says]) -> Front {
    Front {
        name,
        files,
        says,
        page: "/",
        ready: "document.querySelector('button')",
        does: CLICK,
    }
}

/// A page of links.
const fn shown(name: &'static str, files: &'static str, says: &'static [Says]) -> Front {
    Front {
        name,
        files,
        says,
        page: "/",
        ready: "document.querySelector('h1')",
        does: "",
    }
}

/// A theme of Sphinx: the search finds the page about fruit. (Behind the link Sphinx adds one that is a
/// `javascript:` URL, to hide what was found, and that one is refused.)
const fn sphinx(name: &'static str, files: &'static str, says: &'static [Says]) -> Front {
    Front {
        name,
        files,
        says,
        page: "/",
        ready: "document.querySelector('h1')",
        does: "location.href = 'search.html?q=fruit'",
    }
}

/// One that makes code of text: no page with the SDK lets it.
pub(super) struct Refused {
    pub(super) name: &'static str,
    pub(super) files: &'static str,
    pub(super) says: &'static [Says],
    pub(super) script: &'static str,
}

pub(super) const REFUSED: [Refused; 3] = [
    Refused {
        name: "Alpine.js",
        files: "packed/alpinejs",
        says: &[Without("src/"), Without("builds/")],
        script: "/dist/cdn.min.js",
    },
    Refused {
        name: "Knockout",
        files: "packed/knockout",
        says: &[],
        script: "/build/output/knockout-latest.js",
    },
    Refused {
        name: "TiddlyWiki",
        files: "packed/wiki",
        says: &[Attributes],
        script: "the inline script",
    },
];
