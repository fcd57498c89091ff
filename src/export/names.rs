//! Names of files that hosts take for something else.

use super::Hosting;

/// Names in which a host looks for its own configuration or code.
pub(super) fn reserved(hosting: Hosting) -> &'static [&'static str] {
    match hosting {
        Hosting::AzureStaticWebApps => &[
            "staticwebapp.config.json",
            "routes.json",
            ".auth/",
            "visor-deep/",
        ],
        Hosting::CloudflarePages => &[
            "_headers",
            "_redirects",
            "_routes.json",
            "_worker.js",
            "_worker.js/",
            "functions/",
            "visor-deep/",
        ],
        Hosting::Netlify => &[
            "_headers",
            "_redirects",
            "netlify.toml",
            ".netlify/",
            "visor-deep/",
        ],
        Hosting::Vercel => &["vercel.json", "api/", "_vercel/", "visor-deep/"],
        Hosting::Apache => &[".htaccess", ".htpasswd"],
        Hosting::Nginx | Hosting::AzureFrontDoor => &["visor-deep/"],
        Hosting::Caddy | Hosting::Node | Hosting::Json => &[],
    }
}

/// Why a host can't serve a file of this name.
pub(super) fn unfit(hosting: Hosting, name: &str) -> Option<&'static str> {
    let has = |signs: &[char]| name.contains(signs);
    match hosting {
        Hosting::Nginx if has(&['$', '"', '\\']) => {
            Some("`$`, quotes and backslashes are syntax in nginx")
        }
        Hosting::Apache if has(&['$', '%', '"', '\\', '*', '?', '[', ']']) => {
            Some("`$`, `%`, quotes and wildcards are syntax in Apache")
        }
        Hosting::Caddy if has(&['{', '}', '*', '"', '`', '\\']) => {
            Some("braces, quotes and `*` are syntax in Caddy")
        }
        Hosting::CloudflarePages | Hosting::Netlify if has(&['*', ':', ' ']) => {
            Some("spaces, `*` and `:` are syntax in its rules")
        }
        Hosting::AzureStaticWebApps if has(&['*', '{', '}']) => {
            Some("`*` and braces are syntax in its rules")
        }
        Hosting::Vercel
            if has(&[
                '*', ':', '(', ')', '{', '}', '+', '?', '[', ']', '|', '^', '$',
            ]) =>
        {
            Some("the characters of patterns are syntax in its rules")
        }
        _ if name.split('/').any(|part| part.len() > 255) => Some("it has more than 255 bytes"),
        _ => None,
    }
}
