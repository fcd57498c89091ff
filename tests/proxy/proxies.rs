//! How the proxies are set up, each walked through.

use crate::ours::SetUp;
use crate::server::Kind;
use crate::walk::walk;

const DEPLOYING: &str = include_str!("../../docs/deploying.md");

/// Nothing but what has to be there: `Host` is our server's address, a connection for each request,
/// HTTP/1.0.
const LOCATION: &str = "location / {
        proxy_pass http://UPSTREAM;
        proxy_set_header X-Forwarded-Proto $scheme;
    }";

/// As docs/deploying.md has it, with something more in `server`.
pub(crate) fn documented(server: &str) -> SetUp {
    let (_, block) = DEPLOYING.split_once("```nginx\n# Into `http`.\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let (http, own) = block.split_once("# Into `server`").unwrap();
    let (_, own) = own.split_once('\n').unwrap();
    let of_ours = http.replace("127.0.0.1:3000", "UPSTREAM");
    assert_ne!(of_ours, http);
    SetUp {
        name: format!("nginx as documented {server}"),
        kind: Kind::Nginx,
        http: of_ours,
        server: format!("{server}\n{own}"),
    }
}

/// nginx as documented, with a cache that keeps for a minute whatever isn't forbidden, and says where
/// an answer came from.
pub(crate) fn caching(location: &str) -> SetUp {
    let SetUp { http, server, .. } = documented("");
    let cache = format!(
        "proxy_cache kept;\nproxy_cache_valid any 1m;\nadd_header X-Cache $upstream_cache_status;\n{location}\n}}"
    );
    SetUp {
        name: format!("nginx with a cache {location}"),
        kind: Kind::Nginx,
        http: format!("{http}\nproxy_cache_path FOLDER/cache keys_zone=kept:1m;"),
        // The first place that ends is the one for our server.
        server: server.replacen('}', &cache, 1),
    }
}

#[tokio::test]
async fn caddy_as_documented() {
    let (_, block) = DEPLOYING.split_once("```text\nreverse_proxy").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let block = format!("reverse_proxy{block}");
    let of_ours = block.replace("127.0.0.1:3000", "UPSTREAM");
    assert_ne!(of_ours, block);
    walk(&SetUp {
        name: "caddy as documented".to_owned(),
        kind: Kind::Caddy,
        http: String::new(),
        server: of_ours,
    })
    .await;
}

#[tokio::test]
async fn nginx_with_the_least() {
    walk(&SetUp {
        name: "nginx, least".to_owned(),
        kind: Kind::Nginx,
        http: String::new(),
        server: LOCATION.to_owned(),
    })
    .await;
}

#[tokio::test]
async fn nginx_as_documented() {
    walk(&documented("")).await;
}

#[tokio::test]
async fn nginx_that_compresses() {
    let gzip = "gzip on;\ngzip_types *;\ngzip_min_length 1;\ngzip_proxied any;\ngzip_vary on;";
    walk(&documented(gzip)).await;
}
