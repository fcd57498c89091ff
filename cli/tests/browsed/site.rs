//! Servers of the tests: pages by path, and the example with something changed on its way.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// What is sent for a path: type, further headers, body.
pub(crate) type Answer = (&'static str, Vec<(&'static str, String)>, Vec<u8>);

/// A request, as far as an answer depends on it.
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) user_agent: String,
}

/// A server on this machine; it writes down what it sent.
pub(crate) struct Site {
    pub(crate) origin: String,
    sent: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

impl Site {
    /// Answers each request by a function; what that gives nothing for is a 404.
    pub(crate) fn new(answer: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let sent = Arc::new(Mutex::new(BTreeMap::new()));
        let (answer, log) = (Arc::new(answer), Arc::clone(&sent));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                std::thread::spawn(move || serve(stream, &*answer, &log));
            }
        });
        Self { origin, sent }
    }

    /// Files by their paths.
    pub(crate) fn of(files: &[(&str, &'static str, &str)]) -> Self {
        let files: BTreeMap<String, (&'static str, Vec<u8>)> = files
            .iter()
            .map(|(path, kind, body)| ((*path).to_owned(), (*kind, body.as_bytes().to_vec())))
            .collect();
        Self::new(move |asked| {
            let (kind, body) = files.get(&asked.path)?;
            Some((kind, Vec::new(), body.clone()))
        })
    }

    /// What was sent so far, by path.
    pub(crate) fn sent(&self) -> BTreeMap<String, Vec<u8>> {
        self.sent.lock().unwrap().clone()
    }
}

/// One request and its answer, on any stream.
pub(crate) fn serve(
    mut stream: impl Read + Write,
    answer: &dyn Fn(&Asked) -> Option<Answer>,
    log: &Mutex<BTreeMap<String, Vec<u8>>>,
) {
    let mut lines = BufReader::new(&mut stream).lines();
    let Some(Ok(first)) = lines.next() else {
        return;
    };
    let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
    let mut user_agent = String::new();
    for line in lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
    {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("user-agent: ") {
            value.clone_into(&mut user_agent);
        }
    }
    let asked = Asked { path, user_agent };
    let (status, kind, headers, body) = match answer(&asked) {
        Some((kind, headers, body)) => {
            let is_redirect = headers.iter().any(|(name, _)| *name == "location");
            (
                if is_redirect { "302 Found" } else { "200 OK" },
                kind,
                headers,
                body,
            )
        }
        None => ("404 Not Found", "text/plain", Vec::new(), Vec::new()),
    };
    let mut head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.extend([name, ": ", &value, "\r\n"]);
    }
    log.lock().unwrap().insert(asked.path, body.clone());
    let _ = stream.write_all(format!("{head}\r\n").as_bytes());
    let _ = stream.write_all(&body);
    let _ = stream.flush();
}

/// The project's own example; it ends when this is dropped.
pub(crate) struct Example {
    pub(crate) origin: String,
    process: Child,
}

impl Example {
    /// Starts it, for visitors that know it by this origin.
    pub(crate) fn start(options: &[&str]) -> Self {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let mut process = Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--example", "liveness", "--"])
            .args(options)
            .current_dir(root)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        out.read_line(&mut first).unwrap();
        // Read on, or it would stop at a full pipe.
        std::thread::spawn(move || out.read_to_end(&mut Vec::new()));
        let url = first.strip_prefix("listening on ").unwrap();
        Self {
            origin: url.trim().trim_end_matches('/').to_owned(),
            process,
        }
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Something between a visitor and the example: it asks the example and hands on what `change`
/// makes of the answer.
pub(crate) fn between(
    port: u16,
    upstream: String,
    change: impl Fn(&Asked, &mut Vec<(String, String)>, &mut Vec<u8>) + Send + Sync + 'static,
) {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let change = Arc::new(change);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (change, upstream) = (Arc::clone(&change), upstream.clone());
            std::thread::spawn(move || pass(stream, &upstream, &*change));
        }
    });
}

type Change = dyn Fn(&Asked, &mut Vec<(String, String)>, &mut Vec<u8>);

fn pass(mut stream: TcpStream, upstream: &str, change: &Change) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = Vec::new();
    let mut user_agent = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("user-agent: ") {
            value.trim().clone_into(&mut user_agent);
        }
        if let Some(value) = lower.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        let is_end = line == "\r\n";
        // What is answered with `304` can't be changed, and one answer is one connection.
        let is_dropped = ["connection:", "if-", "accept-encoding:", "proxy-"];
        if is_end {
            head.extend_from_slice(b"connection: close\r\n\r\n");
            break;
        }
        if !is_dropped.iter().any(|name| lower.starts_with(name)) {
            head.extend_from_slice(line.as_bytes());
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let Ok(mut server) = TcpStream::connect(upstream.trim_start_matches("http://")) else {
        return;
    };
    let first = String::from_utf8_lossy(&head);
    let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
    server.write_all(&[head, body].concat()).unwrap();
    let mut answer = Vec::new();
    let _ = server.read_to_end(&mut answer);
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return;
    };
    let mut body = answer.split_off(end + 4);
    let head = String::from_utf8(answer).unwrap();
    let mut lines = head.trim_end().lines();
    let status = lines.next().unwrap().to_owned();
    let split = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_ascii_lowercase(), value.to_owned())
    };
    let mut headers: Vec<(String, String)> = lines.map(split).collect();
    change(&Asked { path, user_agent }, &mut headers, &mut body);
    let mut out = format!("{status}\r\n");
    for (name, value) in headers {
        let value = if name == "content-length" {
            body.len().to_string()
        } else {
            value
        };
        out.extend([name.as_str(), ": ", &value, "\r\n"]);
    }
    let _ = stream.write_all(&[format!("{out}\r\n").into_bytes(), body].concat());
}
