//! Servers and addresses that cannot hold a state.

use wawpform::state::{BlobStore, Cloud, ReadError, Reader as _, Store as _, StoreError, read};

use crate::contract::given::{bound, empty, folded, lock_info};
use crate::place::Bucket;
use crate::servers;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ignores_conditions_is_refused_before_the_document_is_touched() {
    let Some(server) = servers::s3rver() else { return };
    // It knows one key only.
    let mut bucket = Bucket::s3(&server.url());
    for (name, value) in &mut bucket.settings {
        if name.starts_with("aws_access") || name.starts_with("aws_secret") {
            *value = "S3RVER".to_owned();
        }
    }
    let place = bucket.fresh();
    let store = place.store();
    for _ in 0..2 {
        match store.lock(&lock_info("a")).await {
            Err(error @ StoreError::Unfit { .. }) => {
                assert!(format!("{error}").contains("ignores conditional writes"), "{error}");
                assert!(error.hint().contains("nothing was changed"), "{}", error.hint());
            }
            Err(error) => panic!("{error:?}"),
            Ok(_) => panic!("a lock that is worth nothing"),
        }
        assert_eq!(read(&store).await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_there_is_an_error_and_not_an_empty_place() {
    let Some(server) = servers::moto() else { return };
    let settings = Bucket::s3(&server.url()).settings;
    let store = BlobStore::connect(Cloud::S3, "no-such-bucket/acme.json", &settings).unwrap();
    let said = match read(&store).await {
        Err(ReadError::Store(StoreError::Io { source, .. })) => source.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(said.contains("NoSuchBucket"), "{said}");
    assert!(store.lock(&lock_info("a")).await.is_err());
}

#[test]
fn an_address_names_a_bucket_and_an_object_and_holds_no_credentials() {
    let refused = |address| {
        let error = BlobStore::connect(Cloud::S3, address, &[]).unwrap_err();
        assert!(!error.message.contains("hush"), "{}", error.message);
        error.message
    };
    for address in ["", "bucket", "bucket/", "bucket/folder/", "/key", "key:hush@bucket/acme.json", "b/a//c"]
    {
        refused(address);
    }
    let settings = [("aws_region", "eu-central-1".to_owned())];
    let store = BlobStore::connect(Cloud::S3, "bucket/deep/acme.json", &settings).unwrap();
    assert_eq!(store.place(), "s3://bucket/deep/acme.json");
}

#[test]
fn what_goes_over_a_network_is_encrypted_unless_that_is_asked_for() {
    let connect = |endpoint: &str, more: &[(&'static str, String)]| {
        let mut settings = vec![("aws_endpoint_url_s3", endpoint.to_owned())];
        settings.extend_from_slice(more);
        BlobStore::connect(Cloud::S3, "bucket/acme.json", &settings).map(drop)
    };
    assert!(connect("http://127.0.0.1:9000", &[]).is_ok());
    assert!(connect("http://[::1]:9000", &[]).is_ok());
    assert!(connect("https://minio.example", &[]).is_ok());
    let refused = connect("http://minio.example", &[]).unwrap_err();
    assert!(refused.hint.contains("AWS_ALLOW_HTTP"), "{}", refused.hint);
    assert!(connect("http://minio.example", &[("aws_allow_http", "true".to_owned())]).is_ok());
    assert!(connect("minio.example", &[]).is_err());
    // Half a key.
    let half = connect("https://minio.example", &[("aws_access_key_id", "AKIA".to_owned())]).unwrap_err();
    assert!(half.hint.contains("AWS_SECRET_ACCESS_KEY") && !half.message.contains("AKIA"));
}

#[test]
fn a_document_is_the_same_bytes_here_as_anywhere() {
    // What is read from a bucket may be put into a file, and the other way round.
    let document = folded(empty(), &[bound("a", "ID1")]);
    let Some(fresh) = Bucket::moto() else { return };
    let place = fresh();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut pen = place.store().lock(&lock_info("a")).await.unwrap();
        pen.checkpoint(&document).await.unwrap();
        pen.release().await.unwrap();
    });
    assert_eq!(place.get("").unwrap(), document.encode());
}
