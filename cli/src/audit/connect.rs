//! Connections: to whom, and how much of them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tower_visor::audit::AuditError;
use tower_visor::url::Host;

/// What a whole run may take. A page names its files, and each may be slow and large.
pub(crate) struct Budget {
    time: Duration,
    end: Instant,
    bytes: usize,
    received: AtomicUsize,
}

impl Budget {
    pub(crate) fn new(time: Duration, bytes: usize) -> Self {
        Self {
            time,
            end: Instant::now() + time,
            bytes,
            received: AtomicUsize::new(0),
        }
    }

    pub(super) fn time_left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// Why nothing more is asked for.
    pub(crate) fn spent(&self) -> Option<String> {
        if self.received.load(Ordering::Relaxed) > self.bytes {
            let most = self.bytes;
            return Some(format!(
                "more than {most} bytes in the whole run; --total-bytes allows more"
            ));
        }
        let seconds = self.time.as_secs_f64();
        let late =
            format!("the whole run took more than {seconds} seconds; --total-timeout allows more");
        self.time_left().is_zero().then_some(late)
    }

    fn receive(&self, count: usize) -> io::Result<()> {
        let before = self.received.fetch_add(count, Ordering::Relaxed);
        if before.saturating_add(count) > self.bytes {
            return Err(io::Error::other("the run's bytes are used up"));
        }
        Ok(())
    }
}

/// A connection whose bytes are counted, with those of TLS.
pub(crate) struct Metered {
    stream: TcpStream,
    budget: Arc<Budget>,
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let count = buffer.filled().len() - before;
        match read {
            Poll::Ready(Ok(())) => Poll::Ready(self.budget.receive(count)),
            other => other,
        }
    }
}

super::through::write_through!([] Metered);

/// A connection to a host, if `check` allows an address of it. The name is resolved once, and what is checked is
/// the address that is then connected to: nobody can answer differently in between.
pub(crate) async fn connect(
    host: &Host,
    port: u16,
    check: impl Fn(IpAddr) -> Result<(), AuditError>,
    budget: &Arc<Budget>,
) -> Result<Metered, String> {
    let addresses = if host.is_loopback() && host.address().is_none() {
        // No resolver is asked for `localhost` and the names below it: RFC 6761, section 6.3.
        let own = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        own.map(|address| SocketAddr::new(address, port)).into()
    } else {
        let found = tokio::net::lookup_host((bare(host.as_str()), port)).await;
        let found = found.map_err(|error| format!("no connection: {error}"))?;
        found.collect()
    };
    let stream = connect_to(check, addresses).await?;
    Ok(Metered {
        stream,
        budget: Arc::clone(budget),
    })
}

/// A host without the brackets of an IPv6 address.
pub(super) fn bare(host: &str) -> &str {
    let inner = host.strip_prefix('[').and_then(|s| s.strip_suffix(']'));
    inner.unwrap_or(host)
}

/// The first of the addresses that may be connected to and answers.
async fn connect_to(
    check: impl Fn(IpAddr) -> Result<(), AuditError>,
    addresses: Vec<SocketAddr>,
) -> Result<TcpStream, String> {
    let mut refused = None;
    let mut failed = None;
    for address in addresses {
        if let Err(error) = check(address.ip()) {
            refused = refused.or_else(|| Some(error.to_string()));
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = Some(format!("no connection: {error}")),
        }
    }
    let nothing = || "no connection: the name has no address".to_owned();
    Err(failed.or(refused).unwrap_or_else(nothing))
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, TcpListener};

    use tower_visor::audit::{Context, Profile, Visit};

    use super::connect_to;

    /// A name of the internet that its owner lets resolve to this machine: nobody connects.
    #[test]
    fn names_that_lead_inward_are_not_connected_to() {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let inward = listener.local_addr().unwrap();
        let context = Context::new(Profile::Document);
        let fetch_of = |url: &str| {
            let mut visit = Visit::new(url.parse().unwrap(), &context);
            visit.next_fetch().unwrap()
        };
        let rebound = fetch_of("http://rebound.example/");
        let mapped: SocketAddr = format!("[::ffff:127.0.0.1]:{}", inward.port())
            .parse()
            .unwrap();
        for addresses in [vec![inward], vec![mapped], vec![mapped, inward]] {
            let error = runtime
                .block_on(connect_to(|address| rebound.check(address), addresses))
                .unwrap_err();
            assert!(
                error.contains(" address, and only an address of "),
                "{error}"
            );
        }
        listener.set_nonblocking(true).unwrap();
        let nobody = listener.accept().unwrap_err().kind();
        assert_eq!(nobody, std::io::ErrorKind::WouldBlock);

        // Whoever types the address itself gets there, whatever else the list holds.
        let typed = fetch_of("http://127.0.0.1/");
        let stream = runtime.block_on(connect_to(
            |address| typed.check(address),
            vec![mapped, inward],
        ));
        assert_eq!(stream.unwrap().peer_addr().unwrap(), inward);
        assert!(listener.accept().is_ok());
    }
}
