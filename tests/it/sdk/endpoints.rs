//! The one host that the SDK may talk to.

use tower_visor::sdk::Endpoint;

#[test]
fn endpoints_have_one_host_and_one_text() {
    for (text, origin, display) in [
        (
            "resource:contoso",
            "https://contoso.cognitiveservices.azure.com",
            "resource:contoso",
        ),
        (
            "resource:Contoso-7",
            "https://contoso-7.cognitiveservices.azure.com",
            "resource:contoso-7",
        ),
        (
            "region:westeurope",
            "https://westeurope.api.cognitive.microsoft.com",
            "region:westeurope",
        ),
        (
            "government:virginia",
            "https://virginia.api.cognitive.microsoft.us",
            "government:virginia",
        ),
        (
            "https://contoso.cognitiveservices.azure.com/",
            "https://contoso.cognitiveservices.azure.com",
            "resource:contoso",
        ),
        (
            "HTTPS://WestEurope.API.cognitive.microsoft.com:443",
            "https://westeurope.api.cognitive.microsoft.com",
            "region:westeurope",
        ),
        (
            "https://face.contoso.example",
            "https://face.contoso.example",
            "https://face.contoso.example",
        ),
        (
            "https://Face.contoso.example:8443/",
            "https://face.contoso.example:8443",
            "https://face.contoso.example:8443",
        ),
        (
            "local-test:http://127.0.0.1:8080/",
            "http://127.0.0.1:8080",
            "local-test:http://127.0.0.1:8080",
        ),
        (
            "local-test:http://LOCALHOST",
            "http://localhost",
            "local-test:http://localhost",
        ),
    ] {
        let endpoint: Endpoint = text
            .parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(endpoint.origin(), origin);
        assert_eq!(endpoint.connect_source(), format!("{origin}/face/"));
        assert_eq!(endpoint.to_string(), display);
        assert_eq!(display.parse(), Ok(endpoint));
    }
    assert!(
        Endpoint::local_test("http://localhost:1")
            .unwrap()
            .is_local_test()
    );
    assert!(!Endpoint::resource("contoso").unwrap().is_local_test());
}

#[test]
fn every_fault_of_an_endpoint_has_its_message() {
    const WILDCARD: &str = "`*` in an endpoint; name the one resource: a wildcard over Azure's domains also allows every attacker's resource";
    const FORM: &str = "is not an endpoint; write `resource:contoso`, `region:westeurope`, `government:virginia` or a URL such as `https://face.contoso.example`";
    const HTTPS: &str =
        "byte 0: the endpoint must begin with `https://`: the session token travels to it";
    const USER: &str = "a user name or password; remove everything up to `@`";
    const TAIL: &str = "an origin has no path; remove it";
    const PORT: &str = "is not a port; write a number from 1 to 65535 without leading zeros";
    const EMPTY: &str = "an empty part in the host; remove the surplus dot";
    const IP: &str = "the host is an IP address; give a name, a Content Security Policy matches no address but 127.0.0.1";
    const LOCAL: &str = "a test endpoint must be `http://localhost:PORT` or `http://127.0.0.1:PORT`; for any other host use https";
    const HYPHEN: &str = "begins or ends with a hyphen, which no host name may";
    let long = "a".repeat(64);
    for (text, message) in [
        (String::new(), format!("`` {FORM}")),
        ("contoso".into(), format!("`contoso` {FORM}")),
        ("Resource:contoso".into(), format!("`Resource:contoso` {FORM}")),
        ("resource:".into(), "byte 9: resource name is 0 characters long; it must have 2 to 63".into()),
        ("resource:a".into(), "byte 9: resource name is 1 characters long; it must have 2 to 63".into()),
        (format!("region:{long}"), "byte 7: region name is 64 characters long; it must have 2 to 63".into()),
        ("resource:*".into(), format!("byte 9: {WILDCARD}")),
        (
            "resource:contoso.cognitiveservices.azure.com".into(),
            "byte 16: `.` in a resource name; it may contain only letters, digits and hyphens: write the name, not the host".into(),
        ),
        (
            "government:vir ginia".into(),
            "byte 14: ` ` in a government region name; it may contain only letters, digits and hyphens".into(),
        ),
        (
            "resource:c\u{43e}ntoso".into(),
            "byte 10: `\\u{43e}` in a resource name; it may contain only letters, digits and hyphens".into(),
        ),
        ("resource:-contoso".into(), format!("byte 9: `-contoso` {HYPHEN}")),
        ("http://face.contoso.example".into(), HTTPS.into()),
        ("http://127.0.0.1:8080".into(), HTTPS.into()),
        ("wss://face.contoso.example".into(), HTTPS.into()),
        ("https://*.cognitiveservices.azure.com".into(), format!("byte 8: {WILDCARD}")),
        ("https://user:secret@face.contoso.example".into(), format!("byte 8: {USER}")),
        ("user:secret@face.contoso.example".into(), USER.into()),
        ("https://face.contoso.example/face/".into(), format!("byte 28: {TAIL}")),
        ("https://face.contoso.example?x".into(), format!("byte 28: {TAIL}")),
        ("https://face.contoso.example\\x".into(), "byte 28: `\\\\` isn't allowed in a host; a host holds letters, digits, `-` and `.`".into()),
        ("https://face.contoso.example:0".into(), format!("byte 29: `0` {PORT}")),
        ("https://face.contoso.example:".into(), format!("byte 29: `` {PORT}")),
        ("https://face.contoso.example:65536".into(), format!("byte 29: `65536` {PORT}")),
        ("https://face.contoso.example:+80".into(), format!("byte 29: `+80` {PORT}")),
        ("https://".into(), "byte 8: no host after the scheme; write for example `https://example.com`".into()),
        ("https://face.contoso.example.".into(), "byte 8: the host ends with a dot; remove it".into()),
        ("https://face..example".into(), format!("byte 13: {EMPTY}")),
        ("https://-face.example".into(), format!("byte 8: `-face` {HYPHEN}")),
        ("https://192.0.2.1".into(), format!("byte 8: {IP}")),
        ("https://0x7f000001".into(), "byte 8: `0x7f000001` ends in a number but is not an IPv4 address; write four decimal numbers".into()),
        ("https://2130706433".into(), "byte 8: `2130706433` ends in a number but is not an IPv4 address; write four decimal numbers".into()),
        ("https://[::1]".into(), format!("byte 8: {IP}")),
        (
            "https://face_1.example".into(),
            "byte 8: `_` in a host; a Content Security Policy can't name it, give it another name".into(),
        ),
        (
            format!("https://{long}.example"),
            "byte 8: the host is longer than 253 characters or a part of it longer than 63; write a name that DNS can hold".into(),
        ),
        (
            "https://cognitiveservices.azure.com".into(),
            "byte 8: `cognitiveservices.azure.com` names no resource; write for example `resource:contoso`".into(),
        ),
        (
            "https://a.b.cognitiveservices.azure.com".into(),
            "byte 9: `.` in a resource name; it may contain only letters, digits and hyphens: write the name, not the host".into(),
        ),
        ("local-test:http://10.0.0.1".into(), LOCAL.into()),
        ("local-test:http://localhost.example".into(), LOCAL.into()),
        ("local-test:https://localhost".into(), LOCAL.into()),
        ("local-test:http://127.0.0.1@evil.example".into(), format!("byte 7: {USER}")),
        ("local-test:http://localhost:80x".into(), format!("byte 17: `80x` {PORT}")),
    ] {
        assert_eq!(
            text.parse::<Endpoint>().unwrap_err().to_string(),
            message,
            "{text:?}"
        );
    }
}
