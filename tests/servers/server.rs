//! A server of others, with a configuration of its own, on ports of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpStream;
use tower_visor::export::Hosting;
use tower_visor::sri::{Algorithm, Digest};

/// The name that the policies are for.
pub(crate) const NAME: &str = "liveness.contoso.example";

/// A program that serves an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Apache,
    Caddy,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        self.hosting().as_str()
    }

    pub(crate) fn hosting(self) -> Hosting {
        match self {
            Self::Nginx => Hosting::Nginx,
            Self::Apache => Hosting::Apache,
            Self::Caddy => Hosting::Caddy,
        }
    }

    /// Whether its tests are left out; says so.
    pub(crate) fn is_skipped(self) -> bool {
        let skipped = std::env::var("TOWER_VISOR_SKIP_SERVER").unwrap_or_default();
        let is_skipped = skipped.split(',').any(|name| name == self.name());
        if is_skipped {
            eprintln!("NOT RUN: {} (TOWER_VISOR_SKIP_SERVER)", self.name());
        }
        is_skipped
    }

    fn command(self) -> Command {
        let (variable, program) = match self {
            Self::Nginx => ("NGINX", "nginx"),
            Self::Apache => ("APACHE", "apache2"),
            Self::Caddy => ("CADDY", "caddy"),
        };
        let program = std::env::var_os(variable).unwrap_or_else(|| program.into());
        let mut command = Command::new(program);
        // Debian keeps some where not everybody looks.
        let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin";
        // To nginx itself `NGINX` names sockets.
        command.env("PATH", path).env_remove("NGINX");
        command
    }

    /// The folder with all that the program needs; `export` is where the files are.
    pub(crate) fn prepare(self, folder: &Path, export: &Path, ports: Ports, site: &str) -> PathBuf {
        certificate(folder);
        let (at, export) = (folder.display(), export.display());
        let Ports { plain, tls } = ports;
        let file = folder.join("server.conf");
        let text = match self {
            Self::Nginx => format!(
                "daemon off;\nmaster_process off;\npid {at}/nginx.pid;\nevents {{}}\nhttp {{\n\
                 access_log off;\nclient_body_temp_path {at}/body;\nproxy_temp_path {at}/proxy;\n\
                 fastcgi_temp_path {at}/fastcgi;\nuwsgi_temp_path {at}/uwsgi;\nscgi_temp_path {at}/scgi;\n\
                 {}\nserver {{\nlisten 127.0.0.1:{plain};\nlisten 127.0.0.1:{tls} ssl http2;\n\
                 ssl_protocols TLSv1.3;\nssl_certificate {at}/certificate.pem;\nssl_certificate_key {at}/key.pem;\n{site}\n}}\n}}\n",
                if site.contains(&export.to_string()) {
                    format!("include {export}/nginx/http.conf;")
                } else {
                    String::new()
                }
            ),
            Self::Apache => apache(&at.to_string(), ports, site),
            Self::Caddy => format!(
                "{{\n\tadmin off\n\tdefault_bind 127.0.0.1\n\tauto_https off\n\tskip_install_trust\n\tservers {{\n\t\tprotocols h1 h2\n\t}}\n\tlocal_certs\n\tstorage file_system {at}/storage\n}}\n{}\n\
                 http://127.0.0.1:{plain}, http://{NAME}:{plain} {{\n{site}\n}}\n\
                 https://127.0.0.1:{tls}, https://{NAME}:{tls} {{\n\ttls {at}/certificate.pem {at}/key.pem\n{site}\n}}\n",
                if site.contains("import visor") {
                    format!("import {export}/Caddyfile")
                } else {
                    String::new()
                }
            ),
        };
        std::fs::write(&file, text).unwrap();
        file
    }

    /// Puts directives of nginx beside its server's block.
    pub(crate) fn into_http(file: &Path, directives: &str) {
        let all = std::fs::read_to_string(file).unwrap();
        let written = format!("access_log off;\n{directives}\n");
        std::fs::write(file, all.replacen("access_log off;", &written, 1)).unwrap();
    }

    /// What is written into the server's block so that it serves an export.
    pub(crate) fn uses(self, export: &Path) -> String {
        let export = export.display();
        match self {
            Self::Nginx => format!("include {export}/nginx/server.conf;"),
            Self::Apache => format!("Include {export}/apache/visor.conf"),
            Self::Caddy => "\timport visor".to_owned(),
        }
    }

    /// The program's own reading of a configuration.
    pub(crate) fn check(self, folder: &Path, file: &Path) -> Output {
        let mut command = self.command();
        match self {
            Self::Nginx => command
                .args(["-t", "-e", "stderr", "-p"])
                .arg(folder)
                .arg("-c")
                .arg(file),
            Self::Apache => command.arg("-t").arg("-f").arg(file),
            Self::Caddy => command
                .env("HOME", folder)
                .args(["validate", "--adapter", "caddyfile", "--config"])
                .arg(file),
        };
        command
            .output()
            .unwrap_or_else(|error| self.missing(&error))
    }

    fn missing(self, error: &std::io::Error) -> ! {
        panic!(
            "{name}: {error}: install it, name it by {}, or leave it out with TOWER_VISOR_SKIP_SERVER={name}",
            self.name().to_uppercase(),
            name = self.name()
        )
    }

    /// Starts it and waits until it answers.
    pub(crate) async fn start(self, folder: &Path, file: &Path, ports: Ports) -> Server {
        let mut command = self.command();
        match self {
            Self::Nginx => command
                .args(["-e", "stderr", "-p"])
                .arg(folder)
                .arg("-c")
                .arg(file),
            Self::Apache => command.args(["-D", "FOREGROUND", "-f"]).arg(file),
            Self::Caddy => command
                .env("HOME", folder)
                .args(["run", "--adapter", "caddyfile", "--config"])
                .arg(file),
        };
        let server = Server::spawn(&mut command, folder.join("log"));
        let server = server.unwrap_or_else(|error| self.missing(&error));
        for port in [ports.plain, ports.tls] {
            assert!(reachable(port).await, "{self:?}: {}", server.log());
        }
        server
    }
}

/// Apache as Debian builds it: modules are files, and nothing is on by itself.
fn apache(at: &str, ports: Ports, site: &str) -> String {
    let modules = [
        "mpm_event",
        "authz_core",
        "headers",
        "setenvif",
        "rewrite",
        "mime",
        "dir",
        "alias",
        "proxy",
        "proxy_http",
        "ssl",
        "http2",
        "socache_shmcb",
        "unixd",
    ];
    let folder =
        std::env::var("APACHE_MODULES").unwrap_or_else(|_| "/usr/lib/apache2/modules".to_owned());
    let modules: Vec<_> = modules
        .iter()
        // Some are built in.
        .filter(|name| Path::new(&format!("{folder}/mod_{name}.so")).exists())
        .map(|name| format!("LoadModule {name}_module {folder}/mod_{name}.so\n"))
        .collect();
    let modules = modules.concat();
    let Ports { plain, tls } = ports;
    // It gives up root for this user.
    let user = if Path::new("/proc/self").exists() && is_root() {
        "User nobody\nGroup nogroup\n"
    } else {
        ""
    };
    format!(
        "ServerRoot {at}\nServerName {NAME}\nPidFile {at}/apache.pid\nErrorLog {at}/error.log\nServerTokens Prod\n\
         TypesConfig /dev/null\nDefaultRuntimeDir {at}\nMutex file:{at} default\n{modules}{user}Listen 127.0.0.1:{plain}\n\
         Listen 127.0.0.1:{tls}\n<VirtualHost 127.0.0.1:{plain}>\n{site}\n</VirtualHost>\n\
         <VirtualHost 127.0.0.1:{tls}>\nSSLEngine on\nProtocols h2 http/1.1\nSSLCertificateFile {at}/certificate.pem\n\
         SSLCertificateKeyFile {at}/key.pem\n{site}\n</VirtualHost>\n"
    )
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// A certificate for the name, its key, and the hash by which Chromium is told of the key.
fn certificate(folder: &Path) {
    let names = [NAME, "localhost", "127.0.0.1"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let write = |name: &str, label: &str, der: &[u8]| {
        // OpenSSL reads lines of at most 76 characters.
        let base64 = STANDARD.encode(der).into_bytes();
        let lines: Vec<_> = base64.chunks(64).map(String::from_utf8_lossy).collect();
        let lines = lines.join("\n");
        let pem = format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n");
        std::fs::write(folder.join(name), pem).unwrap();
    };
    write("certificate.pem", "CERTIFICATE", made.cert.der());
    write("key.pem", "PRIVATE KEY", &made.key_pair.serialize_der());
    std::fs::write(folder.join("certificate.der"), made.cert.der()).unwrap();
    let hash = Digest::of(Algorithm::Sha256, &made.key_pair.public_key_der());
    std::fs::write(folder.join("key.sha256"), STANDARD.encode(hash.as_bytes())).unwrap();
}

/// Two ports that nobody listens on at the moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) plain: u16,
    pub(crate) tls: u16,
}

impl Ports {
    pub(crate) fn free() -> Self {
        let listen = || std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let (one, other) = (listen(), listen());
        let port = |listener: &std::net::TcpListener| listener.local_addr().unwrap().port();
        Self {
            plain: port(&one),
            tls: port(&other),
        }
    }
}

pub(crate) async fn reachable(port: u16) -> bool {
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

/// Ends with the test.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts a program that serves until it is asked to end; what it says goes into the file.
    pub(crate) fn spawn(command: &mut Command, log: PathBuf) -> std::io::Result<Self> {
        let file = std::fs::File::create(&log)?;
        let child = command.stderr(file.try_clone()?).stdout(file).spawn()?;
        Ok(Self { child, log })
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Apache's children end with it when it is asked to, and not when it is killed.
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        for _ in 0..100 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
