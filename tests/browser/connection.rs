//! JSON messages over a WebSocket: what the Chrome DevTools Protocol and WebDriver BiDi share.
//!
//! Both send `{id, method, params}`, get `{id, result}` or an error, and are sent
//! `{method, params}` for each event.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message;

/// After this long something hangs. It only ends a broken test; no test measures time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// One connection, and all that came over it.
#[derive(Debug)]
pub(crate) struct Connection {
    next_id: AtomicU64,
    send: mpsc::UnboundedSender<Value>,
    received: watch::Receiver<Vec<Value>>,
}

impl Connection {
    /// Connects to a `ws:` URL. `react` sees each event at once and says what to send back;
    /// nobody waits for the replies to that.
    pub(crate) async fn open(
        url: &str,
        react: impl Fn(&Value) -> Vec<Value> + Send + 'static,
    ) -> Self {
        let (mut socket, _) = tokio_tungstenite::connect_async(url)
            .await
            .unwrap_or_else(|error| panic!("{url}: {error}"));
        let (send, mut outgoing) = mpsc::unbounded_channel::<Value>();
        let (incoming, received) = watch::channel(Vec::new());
        tokio::spawn(async move {
            loop {
                let messages = tokio::select! {
                    message = outgoing.recv() => match message {
                        Some(message) => vec![message],
                        None => break,
                    },
                    message = socket.next() => match message {
                        Some(Ok(Message::Text(text))) => {
                            let message = serde_json::from_str(&text).expect("a browser sends JSON");
                            let answers = react(&message);
                            incoming.send_modify(|log| log.push(message));
                            answers
                        }
                        Some(Ok(_)) => continue,
                        Some(Err(_)) | None => break,
                    },
                };
                for message in messages {
                    if socket
                        .send(Message::text(message.to_string()))
                        .await
                        .is_err()
                    {
                        return;
                    }
                }
            }
        });
        Self {
            next_id: AtomicU64::new(1),
            send,
            received,
        }
    }

    /// Calls a method and waits for its result; `session` is for the DevTools protocol.
    pub(crate) async fn call(
        &self,
        session: Option<&str>,
        method: &str,
        params: Value,
    ) -> Result<Value, String> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let from = self.mark();
        // A closed connection shows in the wait.
        let _ = self.send.send(message);
        let mut reply = self.wait(from, method, |message| message["id"] == id).await;
        match &reply["error"] {
            Value::Null => Ok(reply["result"].take()),
            Value::String(code) => Err(format!("{method}: {code}: {}", reply["message"])),
            error => Err(format!("{method}: {}", error["message"])),
        }
    }

    /// How many messages have come: where to begin to [`Connection::wait`].
    pub(crate) fn mark(&self) -> usize {
        self.received.borrow().len()
    }

    /// The first message since `from` that is `wanted`.
    pub(crate) async fn wait(
        &self,
        mut from: usize,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let mut received = self.received.clone();
        let mut found = None;
        let search = received.wait_for(|log| {
            found = log[from..].iter().find(|message| wanted(message)).cloned();
            from = log.len();
            found.is_some()
        });
        match tokio::time::timeout(PATIENCE, search).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) => panic!("{what}: the browser closed the connection"),
            Err(elapsed) => panic!("{what}: {elapsed}: nothing came for {PATIENCE:?}"),
        }
        found.expect("the search ended with a message")
    }

    /// All events so far for which `read` gives something.
    pub(crate) fn events<T>(&self, read: impl Fn(&Value) -> Option<T>) -> Vec<T> {
        self.received
            .borrow()
            .iter()
            .filter(|message| message["method"].is_string())
            .filter_map(read)
            .collect()
    }
}
