//! What a page leads to and isn't the internet: nobody is connected there, whoever asks.

use std::io::ErrorKind;
use std::net::TcpListener;

use crate::browse;
use crate::site::Site;

/// The page is at 127.0.0.1, which was asked for; all else that isn't the internet stays closed: other
/// addresses of this machine, private ones, those at which clouds answer, whatever the way.
#[test]
fn no_page_leads_a_browser_inward() {
    let next_door = TcpListener::bind("127.0.0.2:0").unwrap();
    next_door.set_nonblocking(true).unwrap();
    let door = next_door.local_addr().unwrap();
    let page = format!(
        "<!doctype html><link rel=icon href=data:,><title>t</title>
         <script src=http://{door}/script.js></script><img src=/away>
         <link rel=stylesheet href=http://[::ffff:127.0.0.2]:{}/style.css>
         <iframe src=http://{door}/frame></iframe>
         <script>
           new Image().src = 'http://169.254.169.254/latest/meta-data/';
           new WebSocket('ws://{door}/');
           fetch('http://10.1.2.3/', {{mode: 'no-cors'}}).catch(() => {{}});
           fetch('http://[fd00::1]/', {{mode: 'no-cors'}}).catch(() => {{}});
           fetch('https://168.63.129.16/', {{mode: 'no-cors'}}).catch(() => {{}});
           navigator.sendBeacon('http://192.168.0.1/');
         </script>",
        door.port()
    );
    let away = format!("http://{door}/image.png");
    let site = Site::new(move |asked| match &*asked.path {
        "/" => Some(("text/html", Vec::new(), page.clone().into_bytes())),
        "/away" | "/all" => Some(("text/plain", vec![("location", away.clone())], Vec::new())),
        _ => None,
    });
    for browser in ["chromium", "firefox"] {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("{}/", site.origin);
        let arguments = [&url, "--profile", "document", "--format", "json"];
        let Some(ran) = browse(browser, folder.path(), &arguments) else {
            continue;
        };
        assert!(ran.code < 2, "{browser}: {}", ran.err);
        let json = ran.json();
        let missing = json["not_checked"].as_array().unwrap();
        for (host, kind) in [
            ("127.0.0.2", "a loopback address"),
            ("[::ffff:7f00:2]", "a mapped IPv4 address"),
            ("169.254.169.254", "a link-local address"),
            ("10.1.2.3", "a private address"),
            ("[fd00::1]", "a unique local address"),
            ("168.63.129.16", "Azure's platform"),
            ("192.168.0.1", "a private address"),
        ] {
            let what = format!("what {host} would have sent");
            let of_host: Vec<_> = missing.iter().filter(|one| one["what"] == what).collect();
            let [one] = &of_host[..] else {
                panic!("{browser}: {host}: {missing:#?}")
            };
            assert!(
                one["why"].as_str().unwrap().contains(kind),
                "{browser}: {one}"
            );
        }
        // Whose page wasn't whole hasn't passed.
        let standings = json["standings"].as_array().unwrap();
        let of_inventory = standings.iter().find(|one| one["id"] == "6.4.3").unwrap();
        assert_ne!(of_inventory["state"], "passed", "{browser}");

        // The page itself.
        let url = format!("{}/all", site.origin);
        let ran = browse(browser, folder.path(), &[&url, "--profile", "document"]).unwrap();
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{browser}");

        let nobody = next_door.accept().unwrap_err().kind();
        assert_eq!(nobody, ErrorKind::WouldBlock, "{browser}");
    }
}
