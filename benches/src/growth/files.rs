//! Files and bodies: lock files of package managers, archives, lists of digests, pins, waivers,
//! baselines, reports, answers of the Face API.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tower_visor::audit::{Baseline, Context, Profile, Response, Waivers, audit};
use tower_visor::pins::Pins;
use tower_visor::pins::sources::{LockFile, Published, RegistryKeys, Tarball};
use tower_visor::reports::{BrowserEngine, Collector, CollectorLimits, RanScript, ReportBody};
use tower_visor::session::{ClientReport, SessionResult};
use tower_visor::sri::Algorithm;
use tower_visor::url::Origin;
use tower_visor::waict::WaictManifest;

use super::{Call, Reader, call, join, reader, repeat};

const NAME: &str = "@azure/ai-vision-face-ui";
const SHA512: &str = "sha512-jfQVBubmRKt0Dq0tRafHLfY4EDRIEkOzZ+jx7QqvanWNmC2YXjxec39G7Rq619k6H4esbFPoUQc5ZJE4oK9S5A==";

const SHA256: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

pub(super) const READERS: &[Reader] = &[
    reader("package-lock.json: packages", 200, |n| {
        let packages = join(n, ",", |i| {
            format!(
                "\"node_modules/p{i}\":{{\"version\":\"1.0.{i}\",\"resolved\":\"https://registry.npmjs.org/p{i}/-/p{i}-1.0.{i}.tgz\",\"integrity\":\"{SHA512}\"}}"
            )
        });
        lock(format!(
            "{{\"lockfileVersion\":3,\"packages\":{{{packages},{}}}}}",
            npm_own(0)
        ))
    }),
    reader("package-lock.json: copies of the package", 100, |n| {
        let packages = join(n, ",", npm_own);
        lock(format!(
            "{{\"lockfileVersion\":3,\"packages\":{{{packages}}}}}"
        ))
    }),
    reader("pnpm-lock.yaml: packages", 200, |n| {
        let packages = repeat(n, |i| {
            format!("  p{i}@1.0.{i}:\n    resolution: {{integrity: {SHA512}}}\n")
        });
        lock(format!(
            "lockfileVersion: '9.0'\npackages:\n{packages}{}",
            pnpm_own(0)
        ))
    }),
    reader("pnpm-lock.yaml: versions of the package", 100, |n| {
        lock(format!(
            "lockfileVersion: '9.0'\npackages:\n{}",
            repeat(n, pnpm_own)
        ))
    }),
    reader("yarn.lock: packages", 200, |n| {
        let packages = repeat(n, |i| {
            format!(
                "\"p{i}@^1.0.0\":\n  version \"1.0.{i}\"\n  resolved \"https://registry.yarnpkg.com/p{i}/-/p{i}-1.0.{i}.tgz#{i:040}\"\n  integrity {SHA512}\n\n"
            )
        });
        lock(format!("# yarn lockfile v1\n\n{packages}{}", yarn_own(0)))
    }),
    reader("yarn.lock: versions of the package", 100, |n| {
        lock(format!("# yarn lockfile v1\n\n{}", repeat(n, yarn_own)))
    }),
    reader("yarn.lock of berry: packages", 200, |n| {
        let packages = repeat(n, |i| {
            format!(
                "\"p{i}@npm:^1.0.0\":\n  version: 1.0.{i}\n  resolution: \"p{i}@npm:1.0.{i}\"\n  checksum: 10c0/{}\n  languageName: node\n  linkType: hard\n\n",
                "0".repeat(128)
            )
        });
        lock(format!(
            "__metadata:\n  version: 8\n  cacheKey: 10c0\n\n{packages}"
        ))
    }),
    reader("a tarball: entries", 100, |n| {
        tarball(n, |i| format!("package/f{i}.js"))
    }),
    reader("a tarball: folders", 100, |n| {
        tarball(n, |i| format!("package/a{i}/b/c/d/e/f.js"))
    }),
    reader("published digests: files", 500, |n| {
        published(repeat(n, |i| {
            format!("{i:096x}  facelivenessdetector-assets/f{i}.js\n")
        }))
    }),
    reader("published digests: one file again and again", 500, |n| {
        published(repeat(n, |i| format!("{i:096x}  f.js\n")))
    }),
    reader("published digests: faults", 200, |n| {
        published(repeat(n, |i| format!("nonsense {i}\n")))
    }),
    reader("visor-lock.json: files", 50, visor_lock),
    reader("registry keys: keys", 50, |n| {
        let keys = join(n, ",", |i| {
            format!(
                "{{\"expires\":null,\"keyid\":\"SHA256:{i}\",\"keytype\":\"ecdsa-sha2-nistp256\",\"scheme\":\"ecdsa-sha2-nistp256\",\"key\":\"MFkw\"}}"
            )
        });
        call(format!("{{\"keys\":[{keys}]}}").into_bytes(), |bytes| {
            RegistryKeys::read(bytes)
        })
    }),
    reader("waivers: waivers", 200, |n| {
        let text = repeat(n, |i| {
            format!("[[waiver]]\ncode = \"hsts-missing\"\nplace = \"p{i}\"\nreason = \"known\"\n")
        });
        call(text, |text| toml::from_str::<Waivers>(text))
    }),
    reader("waivers: codes that don't exist", 4, |n| {
        let text = repeat(n, |i| {
            format!("[[waiver]]\ncode = \"hsts-missin{i}\"\nreason = \"known\"\n")
        });
        call(text, |text| toml::from_str::<Waivers>(text))
    }),
    reader("audit: waivers", 200, |n| {
        let waivers: Vec<(String, String)> = (0..n)
            .map(|i| ("hsts-missing".to_owned(), format!("p{i}")))
            .collect();
        let all = waivers
            .iter()
            .map(|(code, place)| (code.as_str(), Some(place.as_str()), "known"));
        let waivers = Waivers::new(all).unwrap();
        let page = page("");
        call((page, waivers), |(page, waivers)| {
            audit(
                page,
                &Context::new(Profile::Liveness).waivers(waivers.clone()),
            )
        })
    }),
    reader("audit: scripts under waivers", 100, |n| {
        let places: Vec<String> = (0..20).map(|i| format!("a{i}.js")).collect();
        let all = places
            .iter()
            .map(|place| ("script-unchecked", Some(place.as_str()), "known"));
        let waivers = Waivers::new(all).unwrap();
        let page = page(&repeat(n, |i| format!("<script src=/a{i}.js></script>")));
        call((page, waivers), |(page, waivers)| {
            audit(
                page,
                &Context::new(Profile::Liveness).waivers(waivers.clone()),
            )
        })
    }),
    reader("a manifest of WAICT: files", 500, |n| {
        let files = join(n, ",", |i| format!("\"/f{i}.js\":\"{SHA256}\""));
        manifest(format!("{{\"hashes\":{{{files}}}}}\n\n"))
    }),
    reader("a manifest of WAICT: digests for any URL", 500, |n| {
        let digests = repeat(n, |_| format!("\"{SHA256}\","));
        manifest(format!("{{\"any_hashes\":[{digests}\"{SHA256}\"]}}"))
    }),
    reader("a baseline: scripts", 1000, |n| {
        let report = audit(&page(&scripts(n)), &Context::new(Profile::Liveness));
        let json = serde_json::to_string(&Baseline::of(&report)).unwrap();
        call(json, |json| serde_json::from_str::<Baseline>(json).unwrap())
    }),
    reader("a baseline: a report against it", 100, |n| {
        let page = page(&scripts(n));
        let report = audit(&page, &Context::new(Profile::Liveness));
        let baseline = Baseline::of(&report);
        call((report, baseline), |(report, baseline)| {
            report
                .clone()
                .against(baseline, &Context::new(Profile::Liveness))
        })
    }),
    reader("a report: written in each form", 20, |n| {
        let report = audit(&page(&scripts(n)), &Context::new(Profile::Liveness));
        call(report, |report| {
            [
                report.to_text(),
                report.to_json(),
                report.to_markdown(),
                report.to_html(),
                report.to_github(),
                report.to_azure(),
            ]
        })
    }),
    reader("reports of browsers: scripts", 200, |n| {
        let reports = join(n, ",", |i| {
            format!(
                "{{\"age\":1,\"type\":\"csp-hash\",\"url\":\"https://page.example/\",\"body\":{{\"documentURL\":\"https://page.example/\",\"subresourceURL\":\"https://page.example/a{i}.js\",\"hash\":\"sha384-{}\",\"type\":\"subresource\",\"destination\":\"script\"}}}}",
                "A".repeat(64)
            )
        });
        call(format!("[{reports}]").into_bytes(), |bytes| {
            RanScript::read(bytes).unwrap()
        })
    }),
    reader("reports of browsers: any, into groups", 50, |n| {
        let reports = join(n, ",", |i| {
            format!(
                "{{\"age\":1,\"type\":\"csp-violation\",\"url\":\"https://page.example/\",\"body\":{{\"documentURL\":\"https://page.example/\",\"blockedURL\":\"https://evil.example/a{i}.js\",\"effectiveDirective\":\"img-src\"}}}}"
            )
        });
        call(format!("[{reports}]").into_bytes(), |bytes| {
            let body = ReportBody::read(bytes).unwrap();
            let limits = CollectorLimits::new().groups_of_a_sender(u32::MAX);
            let collector = Collector::builder().limits(limits).build();
            collector.collect(body, None, BrowserEngine::of("Firefox/1"));
            collector.snapshot()
        })
    }),
    reader("reports of browsers: the names in a URL", 500, |n| {
        let url = join(n, "/", |i| format!("%2565yJ{i}"));
        let report =
            format!("{{\"csp-report\":{{\"blocked-uri\":\"https://evil.example/{url}\"}}}}");
        call(report.into_bytes(), |bytes| {
            let body = ReportBody::read(bytes).unwrap();
            body.reports()[0].blocked().to_string()
        })
    }),
    reader("a session's result: attempts", 100, |n| {
        let attempts = join(n, ",", |i| {
            format!(
                "{{\"attemptId\":{},\"attemptStatus\":\"Failed\",\"error\":{{\"code\":\"FaceWithMaskDetected\",\"message\":\"x\"}}}}",
                i + 1
            )
        });
        let text = format!(
            "{{\"sessionId\":\"b12e033e-bda7-4b83-a211-e721c661f30e\",\"status\":\"NotStarted\",\"results\":{{\"attempts\":[{attempts}]}}}}"
        );
        call(text.into_bytes(), |bytes| {
            SessionResult::from_json(bytes).unwrap()
        })
    }),
    reader("a session's result: unknown fields", 500, |n| {
        let fields = join(n, ",", |i| format!("\"unknown{i}\":{i}"));
        let text = format!(
            "{{\"sessionId\":\"b12e033e-bda7-4b83-a211-e721c661f30e\",\"status\":\"NotStarted\",{fields}}}"
        );
        call(text.into_bytes(), |bytes| {
            SessionResult::from_json(bytes).is_ok()
        })
    }),
    reader("a page's report of a session: fields", 100, |n| {
        let fields = join(n, ",", |i| format!("\"unknown{i}\":{i}"));
        call(format!("{{{fields}}}").into_bytes(), |bytes| {
            ClientReport::from_json(bytes).is_ok()
        })
    }),
];

fn npm_own(i: usize) -> String {
    format!(
        "\"node_modules/q{i}/node_modules/{NAME}\":{{\"version\":\"1.5.{i}\",\"resolved\":\"https://registry.npmjs.org/{NAME}/-/ai-vision-face-ui-1.5.{i}.tgz\",\"integrity\":\"{SHA512}\"}}"
    )
}

fn pnpm_own(i: usize) -> String {
    format!("  '{NAME}@1.5.{i}':\n    resolution: {{integrity: {SHA512}}}\n")
}

fn yarn_own(i: usize) -> String {
    format!(
        "\"{NAME}@1.5.{i}\":\n  version \"1.5.{i}\"\n  resolved \"https://registry.yarnpkg.com/{NAME}/-/ai-vision-face-ui-1.5.{i}.tgz#{i:040}\"\n  integrity {SHA512}\n\n"
    )
}

fn lock(text: String) -> Call {
    call(text.into_bytes(), |bytes| {
        LockFile::read(bytes, &[NAME]).is_ok()
    })
}

fn manifest(text: String) -> Call {
    let origin: Origin = "https://a.example".parse().unwrap();
    call((text.into_bytes(), origin), |(bytes, origin)| {
        WaictManifest::read(bytes, origin).unwrap()
    })
}

fn published(text: String) -> Call {
    call(text.into_bytes(), |bytes| Published::read(bytes).is_ok())
}

fn tarball(n: usize, path: impl Fn(usize) -> String) -> Call {
    let mut builder = tar::Builder::new(Vec::new());
    let mut add = |path: &str, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(u64::try_from(content.len()).unwrap());
        builder.append_data(&mut header, path, content).unwrap();
    };
    let package = format!("{{\"name\":\"{NAME}\",\"version\":\"1.5.0\"}}");
    add("package/package.json", package.as_bytes());
    for i in 0..n {
        add(&path(i), b"x");
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&builder.into_inner().unwrap()).unwrap();
    call(encoder.finish().unwrap(), |bytes| {
        Tarball::observed(bytes)
            .unpack(Algorithm::Sha384, |_, _| {})
            .is_ok()
    })
}

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/sdk/1.5.0");

/// The pins of the stand-in, one of its language files so many times more.
fn visor_lock(n: usize) -> Call {
    let json = Pins::scan(FIXTURE).unwrap().to_json();
    let line = json
        .lines()
        .find(|line| line.contains("i18n/en.json"))
        .unwrap();
    let more = repeat(n, |i| {
        format!(
            "{}\n",
            line.replace("i18n/en.json", &format!("i18n/en{i:09}.json"))
        )
    });
    let json = json.replacen(line, &format!("{more}{line}"), 1);
    call(json, |json| Pins::from_json(json).is_ok())
}

fn scripts(n: usize) -> String {
    repeat(n, |i| format!("<script src=/a{i}.js></script>"))
}

fn page(body: &str) -> Response {
    let builder = http::Response::builder().header("content-type", "text/html; charset=utf-8");
    let (parts, ()) = builder.body(()).unwrap().into_parts();
    let html = format!("<!doctype html><title>x</title>{body}");
    Response::new("https://page.example/", parts, Some(html.into())).unwrap()
}
