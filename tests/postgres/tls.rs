//! Whom a server must prove to be, with an authority of the test's own.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use wawpform::state::{PostgresAddress, Reader as _, Snapshot, StoreError};

use crate::place::{server, store};
use crate::servers::Server;

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

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_believed_as_far_as_its_certificate_and_the_mode_go() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority.issuer).unwrap().pem();
    let settings = ["ssl=on", "ssl_cert_file=../server.pem", "ssl_key_file=../server.key"];
    let files = [("server.pem", certificate.as_str()), ("server.key", &key.serialize_pem())];
    let Some(own) = Server::start_with(&settings, &files) else { return };
    own.sql(
        "postgres",
        "ALTER SYSTEM SET password_encryption = 'scram-sha-256'; CREATE ROLE ci LOGIN PASSWORD 's3cret'",
    );
    let folder = tempfile::tempdir().unwrap();
    let known = write(folder.path(), "known.pem", &authority.pem);
    let other = write(folder.path(), "other.pem", &stranger.pem);
    let port = own.port;
    let read = |host: &str, rest: String| {
        let store = store(&format!("postgres://postgres@{host}:{port}/postgres?{rest}"));
        async move { store.read().await }
    };
    for (host, rest) in [
        ("localhost", format!("sslmode=verify-full&sslrootcert={known}")),
        // With an authority named, that is what is asked for.
        ("localhost", format!("sslrootcert={known}")),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={known}")),
        ("127.0.0.1", format!("sslmode=require&sslrootcert={known}")),
        ("127.0.0.1", "sslmode=require".to_owned()),
        ("127.0.0.1", "sslmode=prefer".to_owned()),
        ("127.0.0.1", "sslmode=disable".to_owned()),
    ] {
        assert_eq!(read(host, rest.clone()).await.unwrap(), Snapshot::default(), "{rest}");
    }
    for (host, rest, why) in [
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={known}"), "not valid for name"),
        ("localhost", format!("sslmode=verify-full&sslrootcert={other}"), "certificate"),
        ("localhost", format!("sslmode=verify-ca&sslrootcert={other}"), "certificate"),
        ("localhost", format!("sslmode=require&sslrootcert={other}"), "certificate"),
        ("localhost", format!("sslrootcert={}", folder.path().join("none").display()), "cannot be used"),
    ] {
        let error = read(host, rest.clone()).await.unwrap_err();
        let said = format!("{:#}", anyhow::Error::from(error));
        assert!(said.contains(why), "{rest}: {said}");
    }
    // Whoever asks for encryption does not go without it.
    let plain = server().unwrap().port;
    for mode in ["require", "verify-ca", "verify-full"] {
        let url =
            format!("postgres://postgres@localhost:{plain}/postgres?sslmode={mode}&sslrootcert={known}");
        let error = store(&url).read().await.unwrap_err();
        assert!(matches!(error, StoreError::Io { .. }), "{error:?}");
        assert!(format!("{:#}", anyhow::Error::from(error)).contains("does not support TLS"), "{mode}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_proved_and_bound_to_the_channel_and_never_said() {
    let authority = Authority::new();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority.issuer).unwrap().pem();
    let settings = ["ssl=on", "ssl_cert_file=../server.pem", "ssl_key_file=../server.key", "hba_file=hba"];
    let hba = "host all postgres all trust\nhostssl all ci all scram-sha-256";
    let files = [("server.pem", certificate.as_str()), ("server.key", &key.serialize_pem()), ("hba", hba)];
    let Some(own) = Server::start_with(&settings, &files) else { return };
    own.sql("postgres", "CREATE ROLE ci LOGIN PASSWORD 's3cret'");
    let folder = tempfile::tempdir().unwrap();
    let known = write(folder.path(), "known.pem", &authority.pem);
    let url = |password: &str| {
        format!(
            "postgres://ci{password}@localhost:{}/postgres?sslrootcert={known}&channel_binding=require",
            own.port
        )
    };
    assert_eq!(store(&url(":s3cret")).read().await.unwrap(), Snapshot::default());
    let outside =
        PostgresAddress::parse(&url(""), |name| (name == "PGPASSWORD").then(|| "s3cret".to_owned()));
    let outside = wawpform::state::PostgresStore::new(outside.unwrap(), crate::contract::given::name("acme"));
    assert_eq!(outside.read().await.unwrap(), Snapshot::default());
    for wrong in [":wr0ng-s3cret", ""] {
        let said = format!("{:#}", anyhow::Error::from(store(&url(wrong)).read().await.unwrap_err()));
        assert!(said.contains("password") && !said.contains("s3cret"), "{said}");
    }
}
