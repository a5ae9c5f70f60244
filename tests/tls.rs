//! Who is trusted to be the API, or the server of a state: real TLS, with an authority of the test's own, and the real binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};
use wawpform::instance::Secret;
use wawpform::sandbox::{Options, Running, Sandbox};
use wawpform::state::{HttpAddress, HttpRetries, HttpSettings, HttpStore, HttpTls, Reader as _};

/// A certificate authority.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }
}

/// A sandbox behind TLS.
struct Api {
    sandbox: Running,
    url: String,
    connections: Arc<AtomicUsize>,
}

/// Serves with a certificate for these names, which ends in this year.
async fn api(authority: &Authority, host: &str, ends: i32) -> Api {
    serve(authority, host, ends, None).await
}

/// The same, for clients of an authority only.
async fn serve(authority: &Authority, host: &str, ends: i32, clients: Option<&Authority>) -> Api {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([host.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2000, 1, 1), date_time_ymd(ends, 1, 1));
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let config = match clients {
        None => config.with_no_client_auth(),
        Some(clients) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(clients.pem.as_bytes()).unwrap()).unwrap();
            let provider = Arc::new(crypto::ring::default_provider());
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            config.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));

    let sandbox = Sandbox::start(Options::new(Arc::new(|| Timestamp::UNIX_EPOCH))).await.unwrap();
    let behind = sandbox.base_url().strip_prefix("http://").unwrap().to_owned();
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", socket.local_addr().unwrap().port());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let (acceptor, behind) = (acceptor.clone(), behind.clone());
            tokio::spawn(async move {
                let mut outside = acceptor.accept(stream).await?;
                let mut inside = TcpStream::connect(behind).await?;
                tokio::io::copy_bidirectional(&mut outside, &mut inside).await
            });
        }
    });
    Api { sandbox, url, connections }
}

fn apply(folder: &Path, api: &Api, authorities: &str) -> Output {
    std::fs::write(folder.join("wawpform.yaml"), "fleet: acme\ninstances: {a: {}, b: {}}\n").unwrap();
    std::fs::write(folder.join("authorities.pem"), authorities).unwrap();
    Command::new(env!("CARGO_BIN_EXE_wawpform"))
        .args(["apply", "--auto-approve", "--concurrency", "1", "--api-url", &api.url])
        .current_dir(folder)
        .env_clear()
        .env("WAWP_ACCESS_TOKEN", "tok-MARKED-7f3a")
        .env("SSL_CERT_FILE", folder.join("authorities.pem"))
        .output()
        .unwrap()
}

/// Reads a state behind TLS, where there is none. Why it was not read, in words.
async fn read_a_state(
    authorities: &str,
    identity: Option<(String, Secret)>,
    url: &str,
) -> Result<(), String> {
    let (address, _) = HttpAddress::parse(&format!("{url}/state")).unwrap();
    let tls = HttpTls { authorities: Some(authorities.to_owned()), identity };
    let retries = HttpRetries { most: 0, ..HttpRetries::default() };
    let store = HttpStore::new(HttpSettings { tls, retries, ..HttpSettings::new(address) });
    let error = match store {
        Ok(store) => match store.read().await {
            Ok(_) => return Ok(()),
            Err(error) => error,
        },
        Err(error) => error,
    };
    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    Err(format!("{error}: {source}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_of_a_state_is_trusted_by_the_authority_that_was_named_for_it_and_no_other() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let server = serve(&authority, "localhost", 4000, None).await;
    // The sandbox is no server of states, and says so: it was reached.
    read_a_state(&authority.pem, None, &server.url).await.unwrap();
    let reached = server.sandbox.log().len();
    let refused = read_a_state(&stranger.pem, None, &server.url).await.unwrap_err();
    assert!(refused.contains("no connection: invalid peer certificate"), "{refused}");
    assert_eq!(server.sandbox.log().len(), reached);
    let refused = read_a_state("no certificate", None, &server.url).await.unwrap_err();
    assert!(refused.contains("there is no certificate in the PEM text of the authorities"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_certificate_is_shown_to_the_server_of_a_state() {
    let authority = Authority::new();
    let server = serve(&authority, "localhost", 4000, Some(&authority)).await;
    read_a_state(&authority.pem, None, &server.url).await.unwrap_err();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["me".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority.issuer).unwrap().pem();
    let identity = Some((certificate.clone(), Secret::new(key.serialize_pem())));
    read_a_state(&authority.pem, identity, &server.url).await.unwrap();
    let broken = Some((certificate, Secret::new("-----BEGIN MARKED-----".into())));
    let refused = read_a_state(&authority.pem, broken, &server.url).await.unwrap_err();
    assert!(refused.contains("the client certificate cannot be read"), "{refused}");
    assert!(!refused.contains("MARKED"), "{refused}");
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_that_shows_a_certificate_of_a_known_authority_is_called() {
    let authority = Authority::new();
    let api = api(&authority, "localhost", 4000).await;
    let folder = tempfile::tempdir().unwrap();
    let output = apply(folder.path(), &api, &authority.pem);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(api.sandbox.instances().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_not_trusted_is_final_and_nothing_is_sent() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    for (case, api, known) in [
        ("of another authority", api(&authority, "localhost", 4000).await, &stranger.pem),
        ("ended", api(&authority, "localhost", 2001).await, &authority.pem),
        ("for another host", api(&authority, "example.com", 4000).await, &authority.pem),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let output = apply(folder.path(), &api, known);
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{case}: {stdout}{stderr}");
        assert!(stdout.contains("\nThe API's certificate is not trusted: "), "{case}: {stdout}");
        assert!(stdout.contains("b: create: the API's certificate is not trusted"), "{case}: {stdout}");
        assert!(!stderr.contains("tried again"), "{case}: {stderr}");
        assert_eq!(api.connections.load(Ordering::Relaxed), 1, "{case}: not tried again");
        assert_eq!(api.sandbox.log(), [], "{case}: nothing was sent");
        let state = std::fs::read_to_string(folder.path().join("state/acme.json")).unwrap();
        assert!(state.contains("\"pending\": {}"), "{case}: it surely did not run: {state}");
    }
}
