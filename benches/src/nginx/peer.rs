//! nginx, with each answer as a file and its headers.

use std::fmt::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use rustix::process::Pid;

use super::client::{Certificate, Way};
use super::without_own;
use crate::cpu::{self, Side};

/// What it answers at a path.
pub(super) struct Place {
    pub(super) path: String,
    pub(super) body: Bytes,
    pub(super) coding: Option<&'static str>,
    pub(super) headers: HeaderMap,
}

pub(super) struct Nginx {
    child: Child,
    pub(super) ports: [u16; 3],
}

impl Nginx {
    /// `None` where there is none.
    pub(super) fn start(
        folder: &Path,
        certificate: &Certificate,
        places: &[Place],
    ) -> Option<Self> {
        let listeners = Way::ALL.map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = listeners.map(|listener| listener.local_addr().unwrap().port());
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
        write("certificate.pem", certificate.pem.as_bytes());
        write("key.pem", certificate.key_pem.as_bytes());
        for place in places {
            write(&place.path[1..], &place.body);
        }
        write(
            "nginx.conf",
            configuration(folder, ports, places).as_bytes(),
        );
        let program = std::env::var_os("NGINX").unwrap_or_else(|| "nginx".into());
        // Debian keeps it where not everybody looks.
        let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin";
        let child = Command::new(program)
            .env("PATH", path)
            // To nginx itself it names sockets.
            .env_remove("NGINX")
            .args(["-e", "stderr", "-p"])
            .arg(folder)
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .spawn()
            .ok()?;
        let nginx = Self { child, ports };
        for port in ports {
            let is_there = (0..200).any(|_| {
                std::thread::sleep(Duration::from_millis(20));
                TcpStream::connect(("127.0.0.1", port)).is_ok()
            });
            assert!(is_there, "nginx didn't start");
        }
        cpu::keep(Pid::from_raw(nginx.child.id().cast_signed()), Side::Server);
        Some(nginx)
    }

    pub(super) fn cpu_time(&self) -> f64 {
        cpu::time_of(&self.child.id().to_string(), "nginx")
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// As fast as it gets: files by `sendfile`, kept open, in full packets.
fn configuration(folder: &Path, ports: [u16; 3], places: &[Place]) -> String {
    let at = folder.display();
    let [plain, one, two] = ports;
    let mut locations = String::new();
    for place in places {
        let _ = write!(locations, "location = {} {{\nroot {at};\n", place.path);
        if let Some(coding) = place.coding {
            let _ = writeln!(locations, "add_header content-encoding {coding} always;");
        }
        for (name, value) in &without_own(&place.headers) {
            let value = value.to_str().unwrap().replace('"', "\\\"");
            let directive = if name == "content-type" {
                format!("types {{ }}\ndefault_type \"{value}\";")
            } else {
                format!("add_header {name} \"{value}\" always;")
            };
            let _ = writeln!(locations, "{directive}");
        }
        locations.push_str("}\n");
    }
    format!(
        "daemon off;\nmaster_process off;\npid {at}/nginx.pid;\nevents {{}}\nhttp {{\naccess_log off;\nsendfile on;\n\
         sendfile_max_chunk 2m;\ntcp_nopush on;\nopen_file_cache max=100;\nkeepalive_requests 1000000;\nserver_tokens off;\n\
         client_body_temp_path {at}/body;\nproxy_temp_path {at}/proxy;\nfastcgi_temp_path {at}/fastcgi;\n\
         uwsgi_temp_path {at}/uwsgi;\nscgi_temp_path {at}/scgi;\nserver {{\nlisten 127.0.0.1:{plain};\n\
         listen 127.0.0.1:{one} ssl;\nlisten 127.0.0.1:{two} ssl http2;\nssl_protocols TLSv1.3;\n\
         ssl_certificate {at}/certificate.pem;\nssl_certificate_key {at}/key.pem;\n{locations}}}\n}}\n"
    )
}
