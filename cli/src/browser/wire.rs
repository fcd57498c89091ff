//! JSON messages over a WebSocket: what Chromium's own protocol and WebDriver BiDi share.
//!
//! Both are sent `{id, method, params}`, answer `{id, result}` or an error, and send
//! `{method, params}` for each event.

use std::collections::VecDeque;

use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Message, protocol::WebSocketConfig};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// A browser's end of the talk, and the events that nobody has read yet.
pub(super) struct Wire {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    last_id: u64,
    events: VecDeque<Event>,
}

/// Something that happened in the browser.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub(super) method: String,
    #[serde(default)]
    pub(super) params: Value,
    /// The target that it happened in, with Chromium.
    #[serde(rename = "sessionId", default)]
    pub(super) session: String,
}

/// Why a call gave nothing.
#[derive(Debug)]
pub(super) enum Failed {
    /// The browser said no; the next call may go well.
    Refused(String),
    /// The browser is gone.
    Gone,
}

impl Wire {
    /// `most` is how large one message may be.
    pub(super) async fn open(url: &str, most: usize) -> Result<Self, String> {
        let config = WebSocketConfig::default()
            .max_message_size(Some(most))
            .max_frame_size(Some(most));
        let opened = tokio_tungstenite::connect_async_with_config(url, Some(config), true).await;
        let (socket, _) = opened.map_err(|error| format!("can't talk to the browser: {error}"))?;
        Ok(Self {
            socket,
            last_id: 0,
            events: VecDeque::new(),
        })
    }

    /// Calls a method of a target (empty: the browser's own) and waits for the answer.
    pub(super) async fn call(
        &mut self,
        session: &str,
        method: &str,
        params: Value,
    ) -> Result<Value, Failed> {
        let id = self.send(session, method, params).await?;
        loop {
            let mut message = self.read().await?;
            if message["id"] == id {
                return match &message["error"] {
                    Value::Null => Ok(message["result"].take()),
                    // BiDi has the text beside the code.
                    Value::String(_) => Err(Failed::Refused(text(&message["message"]))),
                    error => Err(Failed::Refused(text(&error["message"]))),
                };
            }
            self.keep(message);
        }
    }

    /// Calls a method, and doesn't care about the answer.
    pub(super) async fn send(
        &mut self,
        session: &str,
        method: &str,
        params: Value,
    ) -> Result<u64, Failed> {
        self.last_id += 1;
        let mut message = json!({"id": self.last_id, "method": method, "params": params});
        if !session.is_empty() {
            message["sessionId"] = session.into();
        }
        let sent = self.socket.send(Message::text(message.to_string())).await;
        sent.map_err(|_| Failed::Gone)?;
        Ok(self.last_id)
    }

    /// The next event.
    pub(super) async fn event(&mut self) -> Result<Event, Failed> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(event);
            }
            // Cancelled while it waits, it loses nothing.
            let message = self.read().await?;
            self.keep(message);
        }
    }

    fn keep(&mut self, message: Value) {
        if let Ok(event) = serde_json::from_value(message) {
            self.events.push_back(event);
        }
    }

    async fn read(&mut self) -> Result<Value, Failed> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    if let Ok(message) = serde_json::from_str(&text) {
                        return Ok(message);
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Failed::Gone),
                Some(Ok(_)) => {}
            }
        }
    }
}

impl From<Failed> for String {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Refused(why) => format!("the browser refused: {why}"),
            Failed::Gone => "the browser ended".to_owned(),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("no reason given").to_owned()
}
