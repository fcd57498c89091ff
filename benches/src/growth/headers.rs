//! Policies, other headers, integrity metadata, heads.

use tower_visor::audit::{Context, Head, Profile, Response, audit};
use tower_visor::csp::{Csp, PolicyList};
use tower_visor::header::{
    CacheControl, CrossOriginOpenerPolicy, IntegrityPolicy, PermissionsPolicy, ReferrerPolicy,
    ReportingEndpoints, StrictTransportSecurity, Waict, XContentTypeOptions, XFrameOptions,
};
use tower_visor::sri::Integrity;
use tower_visor::url::Url;

use super::{Call, Reader, call, join, reader, repeat};

pub(super) const READERS: &[Reader] = &[
    reader("csp, effective: hosts of one directive", 1000, |n| {
        effective(format!("img-src {}", hosts(n)))
    }),
    reader("csp, effective: one host again and again", 2000, |n| {
        effective(format!(
            "img-src {}",
            join(n, " ", |_| "https://a.example".into())
        ))
    }),
    reader("csp, effective: words that are dropped", 1000, |n| {
        effective(format!(
            "script-src {}",
            join(n, " ", |i| format!("'wrong-{i}'"))
        ))
    }),
    reader("csp, effective: unknown directives", 10, |n| {
        effective(join(n, "; ", |i| format!("scirpt-src{i} 'self'")))
    }),
    reader("csp, effective: one directive again and again", 1000, |n| {
        effective(join(n, "; ", |_| "img-src 'self'".into()))
    }),
    reader("csp, effective: policies of one header", 500, |n| {
        effective(join(n, ", ", |i| {
            format!("script-src 'self' https://h{i}.example")
        }))
    }),
    reader("csp, effective: hashes", 500, |n| {
        effective(format!(
            "script-src {}",
            join(n, " ", |i| format!("'sha256-{i:043}='"))
        ))
    }),
    reader("csp, effective: entries of trusted-types", 1000, |n| {
        effective(format!(
            "trusted-types {}",
            join(n, " ", |i| format!("policy-{i}"))
        ))
    }),
    reader("csp, effective: bytes of one path", 10_000, |n| {
        effective(format!("img-src https://a.example/{}", "%2e/".repeat(n)))
    }),
    reader("csp, strict: hosts", 500, |n| {
        strict(format!("img-src {}", hosts(n)))
    }),
    reader("csp, strict: faults", 500, |n| {
        strict(format!(
            "img-src {}",
            join(n, " ", |i| format!("unsafe-inlin{i}'"))
        ))
    }),
    reader("csp, subsumption: policies against one", 200, |n| {
        let deployed =
            PolicyList::effective([join(n, ", ", |_| "img-src https://a.example".into())]);
        let baseline = PolicyList::effective(["img-src 'none'; script-src 'self'"]);
        call((deployed, baseline), |(deployed, baseline)| {
            deployed.weakenings(baseline, &"https://page.example".parse().unwrap())
        })
    }),
    reader("csp, subsumption: sources against one", 500, |n| {
        let deployed = PolicyList::effective([format!("img-src {}", hosts(n))]);
        let baseline = PolicyList::effective(["img-src https://b.example"]);
        call((deployed, baseline), |(deployed, baseline)| {
            deployed.weakenings(baseline, &"https://page.example".parse().unwrap())
        })
    }),
    reader("csp, matching: a URL against sources", 2000, |n| {
        let list = PolicyList::effective([format!("img-src {}", hosts(n))]);
        call(list, |list| {
            let page = "https://page.example".parse().unwrap();
            let url = "https://other.example/a/b".parse().unwrap();
            list.allows_url(tower_visor::csp::DirectiveName::ImgSrc, &url, &page)
        })
    }),
    reader("audit: hosts of a policy", 500, |n| {
        audited(
            "content-security-policy",
            format!("script-src {}", hosts(n)),
        )
    }),
    reader("audit: policies of a header", 100, |n| {
        audited(
            "content-security-policy",
            join(n, ", ", |i| {
                format!("script-src 'self' https://h{i}.example")
            }),
        )
    }),
    reader("audit: hashes of a policy", 500, |n| {
        audited(
            "content-security-policy",
            format!(
                "script-src {}",
                join(n, " ", |i| format!("'sha256-{i:043}='"))
            ),
        )
    }),
    reader("audit: words that a policy drops", 500, |n| {
        audited(
            "content-security-policy",
            format!("script-src {}", join(n, " ", |i| format!("'wrong-{i}'"))),
        )
    }),
    reader("audit: features", 500, |n| {
        audited(
            "permissions-policy",
            join(n, ", ", |i| format!("feature-{i}=()")),
        )
    }),
    reader("audit: endpoints", 500, |n| {
        audited(
            "reporting-endpoints",
            join(n, ", ", |i| format!("e{i}=\"https://r.example/{i}\"")),
        )
    }),
    reader("audit: link headers", 200, |n| {
        audited(
            "link",
            join(n, ", ", |i| {
                format!("</a{i}.js>; rel=modulepreload; as=script")
            }),
        )
    }),
    reader("audit: cookies", 300, |n| {
        many(n, |i| ("set-cookie", format!("c{i}=1; Path=/")))
    }),
    reader("audit: headers that leak", 300, |n| {
        many(n, |i| ("server", format!("x/{i}")))
    }),
    reader("audit: headers of policies", 100, |n| {
        many(n, |i| {
            (
                "content-security-policy",
                format!("script-src https://h{i}.example"),
            )
        })
    }),
    reader("permissions-policy, effective: origins", 500, |n| {
        let list = join(n, " ", |i| format!("\"https://h{i}.example\""));
        call(format!("camera=({list})"), |text| {
            PermissionsPolicy::effective([text])
        })
    }),
    reader(
        "permissions-policy, effective: unknown features",
        500,
        |n| {
            let text = join(n, ", ", |i| format!("feature-{i}=()"));
            call(text, |text| PermissionsPolicy::effective([text]))
        },
    ),
    reader(
        "permissions-policy, effective: one feature again and again",
        1000,
        |n| {
            call(join(n, ", ", |_| "camera=()".into()), |text| {
                PermissionsPolicy::effective([text])
            })
        },
    ),
    reader("permissions-policy, strict: origins", 500, |n| {
        let list = join(n, " ", |i| format!("\"https://h{i}.example\""));
        call(format!("camera=({list})"), |text| {
            text.parse::<PermissionsPolicy>()
        })
    }),
    reader("reporting-endpoints, effective: endpoints", 500, |n| {
        let text = join(n, ", ", |i| format!("e{i}=\"https://r.example/{i}\""));
        call(text, |text| ReportingEndpoints::effective([text]))
    }),
    reader("reporting-endpoints, strict: endpoints", 500, |n| {
        let text = join(n, ", ", |i| format!("e{i}=\"https://r.example/{i}\""));
        call(text, |text| text.parse::<ReportingEndpoints>())
    }),
    reader("integrity-policy, effective: destinations", 1000, |n| {
        let list = join(n, " ", |i| format!("d{i}"));
        call(format!("blocked-destinations=({list})"), |text| {
            IntegrityPolicy::effective([text])
        })
    }),
    reader("integrity-policy-waict-v1, effective: members", 1000, |n| {
        let members = repeat(n, |i| {
            format!("mode-{i}=enforce, blocked-destinations=(d{i}), ")
        });
        let text = format!("{members}max-age=0, mode=report, manifest=\"/m\"");
        call(text, |text| Waict::effective([text]))
    }),
    reader("a structured field: parameters", 1000, |n| {
        let text = format!("same-origin{}", repeat(n, |i| format!("; p{i}=1")));
        call(text, |text| CrossOriginOpenerPolicy::effective([text]))
    }),
    reader("a structured field, strict: parameters", 1000, |n| {
        let text = format!("same-origin{}", repeat(n, |i| format!("; p{i}=1")));
        call(text, |text| text.parse::<CrossOriginOpenerPolicy>())
    }),
    reader("cache-control, effective: directives", 900, |n| {
        let text = join(n, ", ", |i| format!("x{i}=1"));
        call(text, |text| CacheControl::effective([text]))
    }),
    reader(
        "strict-transport-security, effective: directives",
        900,
        |n| {
            let text = format!("max-age=1{}", repeat(n, |i| format!("; x{i}=\"y\"")));
            call(text, |text| StrictTransportSecurity::effective([text]))
        },
    ),
    reader("x-frame-options, effective: values", 1000, |n| {
        call(join(n, ", ", |i| format!("X{i}")), |text| {
            XFrameOptions::effective([text])
        })
    }),
    reader("x-content-type-options, effective: values", 2000, |n| {
        call(join(n, ", ", |i| format!("X{i}")), |text| {
            XContentTypeOptions::effective([text])
        })
    }),
    reader("referrer-policy, effective: values", 2000, |n| {
        call(join(n, ", ", |i| format!("x{i}")), |text| {
            ReferrerPolicy::effective([text])
        })
    }),
    reader("integrity, effective: entries", 500, |n| {
        call(join(n, " ", |i| format!("sha256-{i:043}=")), |text| {
            Integrity::effective(text)
        })
    }),
    reader("integrity, strict: entries", 500, |n| {
        call(join(n, " ", |i| format!("sha256-{i:042}A=")), |text| {
            text.parse::<Integrity>()
        })
    }),
    reader("url: segments of a path", 5000, |n| {
        call(format!("https://a.example/{}", "a/../".repeat(n)), |text| {
            Url::effective(text)
        })
    }),
    reader("a head: lines", 500, |n| {
        head(repeat(n, |i| format!("x-{i}: y\r\n")))
    }),
    reader("a head: bad lines", 500, |n| head("no colon\r\n".repeat(n))),
    reader("a head: folds of one line", 1000, |n| {
        head(format!("x: y\r\n{}", "  z\r\n".repeat(n)))
    }),
];

fn hosts(n: usize) -> String {
    join(n, " ", |i| format!("https://h{i}.example"))
}

fn effective(policy: String) -> Call {
    call(policy, |policy| PolicyList::effective([policy]))
}

fn strict(policy: String) -> Call {
    call(policy, |policy| policy.parse::<Csp>())
}

fn head(lines: String) -> Call {
    let text = format!("HTTP/1.1 200 OK\r\n{lines}\r\n");
    call(text.into_bytes(), |bytes| Head::read(bytes))
}

fn audited(name: &'static str, value: String) -> Call {
    many(1, |_| (name, value.clone()))
}

fn many(n: usize, header: impl Fn(usize) -> (&'static str, String)) -> Call {
    let mut builder = http::Response::builder().header("content-type", "text/html");
    for i in 0..n {
        let (name, value) = header(i);
        builder = builder.header(name, value);
    }
    let (parts, ()) = builder.body(()).unwrap().into_parts();
    let html = "<!doctype html><title>x</title>".into();
    let response = Response::new("https://page.example/", parts, Some(html)).unwrap();
    call(response, |response| {
        audit(response, &Context::new(Profile::Liveness))
    })
}
