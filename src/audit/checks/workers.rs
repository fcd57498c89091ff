//! Service workers, as far as the page and its scripts were read.

use crate::audit::code::codes;
use crate::audit::input::Input;
use crate::audit::sink::Sink;
use crate::audit::{Code, Response, Subject};
use crate::csp::DirectiveName;
use crate::url::Url;

codes! {
    SERVICE_WORKER = "service-worker", Low,
        "a service worker answers for this origin, with headers of its own",
        "serve the check from a host name without one, and write `worker-src 'none'`",
        [];
}

const ALLOWED: &str = "service-worker-allowed";

pub(super) fn check(input: &Input<'_>, sink: &mut Sink) {
    if !input.profile().is_page() {
        return;
    }
    // A policy that lets the page have none makes nothing of what is written.
    let origin = input.response.origin();
    let root = Url::from(origin.clone());
    if !input
        .csp
        .allows_redirect_to(DirectiveName::WorkerSrc, &root, origin)
    {
        return;
    }
    for element in input
        .document
        .into_iter()
        .flat_map(|page| page.named("script"))
    {
        if registers(element.text.as_bytes()) {
            sink.find(Code::SERVICE_WORKER, element.subject(), "it registers one");
        }
    }
    for resource in input.context.resources {
        let own = resource.url().origin() == Some(origin);
        let subject = || Subject::resource(resource.url());
        if is_script(resource) && resource.body().is_some_and(|body| registers(body)) {
            sink.find(Code::SERVICE_WORKER, subject(), "it registers one");
        } else if own && resource.values(ALLOWED).next().is_some() {
            sink.find(
                Code::SERVICE_WORKER,
                subject(),
                "`Service-Worker-Allowed` is sent with it",
            );
        }
    }
}

fn is_script(resource: &Response) -> bool {
    resource.media_type().contains("javascript")
}

/// Whether a script holds `serviceWorker.register`, or `serviceWorker?.register`.
fn registers(script: &[u8]) -> bool {
    const NAME: &[u8] = b"serviceWorker";
    let mut rest = script;
    while let Some(at) = rest.windows(NAME.len()).position(|word| word == NAME) {
        rest = rest.get(at + NAME.len()..).unwrap_or_default();
        let between = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'?' | b'.');
        let call = rest
            .iter()
            .position(|byte| !between(byte))
            .unwrap_or(rest.len());
        if call > 0
            && rest
                .get(call..)
                .is_some_and(|call| call.starts_with(b"register"))
        {
            let behind = rest.get(call + b"register".len());
            if behind.is_none_or(|byte| !byte.is_ascii_alphanumeric()) {
                return true;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::registers;

    #[test]
    fn what_registers_is_found_and_what_only_looks_is_not() {
        for text in [
            "navigator.serviceWorker.register('/sw.js')",
            "navigator.serviceWorker?.register(x)",
            "await navigator.serviceWorker\n  .register(url)",
            "serviceWorker.getRegistrations(); n.serviceWorker.register(u)",
        ] {
            assert!(registers(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "'serviceWorker' in navigator",
            "navigator.serviceWorker.getRegistrations()",
            "serviceWorkerregister",
            "serviceWorker.registered",
            "customElements.register",
        ] {
            assert!(!registers(text.as_bytes()), "{text}");
        }
    }
}
