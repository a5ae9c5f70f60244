//! A state in a bucket of a real server, and a hand on its objects past the program.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::path::Path;
use object_store::{Attribute, ObjectStore, ObjectStoreExt as _, PutOptions};
use wawpform::state::{BlobStore, Cloud, Store};

use crate::contract::Place;
use crate::servers::{self, AZURE_ACCOUNT, AZURE_KEY};

/// Short enough to wait for, long enough for a machine that is busy.
pub const LEASE: Duration = Duration::from_secs(8);

/// How a server is reached.
#[derive(Clone)]
pub struct Bucket {
    pub cloud: Cloud,
    pub settings: Vec<(&'static str, String)>,
    raw: Arc<dyn ObjectStore>,
}

/// One state of many in a bucket.
pub struct InBucket {
    pub bucket: Bucket,
    pub key: String,
    pub lease: Duration,
}

impl Bucket {
    pub fn moto() -> Option<impl Fn() -> InBucket + Send + Sync> {
        let bucket = Self::s3(&servers::moto()?.url());
        Some(move || bucket.fresh())
    }

    pub fn seaweed() -> Option<impl Fn() -> InBucket + Send + Sync> {
        let bucket = Self::s3(&servers::seaweed()?.url());
        Some(move || bucket.fresh())
    }

    pub fn azurite() -> Option<impl Fn() -> InBucket + Send + Sync> {
        let url = servers::azurite()?.url();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let endpoint = format!("{url}/{AZURE_ACCOUNT}");
        let raw = MicrosoftAzureBuilder::new()
            .with_endpoint(endpoint.clone())
            .with_allow_http(true)
            .with_account(AZURE_ACCOUNT)
            .with_access_key(AZURE_KEY)
            .with_container_name("fleet");
        let settings = vec![
            ("azure_storage_endpoint", endpoint),
            ("azure_storage_account_name", AZURE_ACCOUNT.to_owned()),
            ("azure_storage_account_key", AZURE_KEY.to_owned()),
        ];
        let bucket = Self { cloud: Cloud::Azure, settings, raw: Arc::new(raw.build().unwrap()) };
        Some(move || bucket.fresh())
    }

    /// A server of S3's protocol with the bucket `fleet`.
    pub fn s3(url: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let raw = AmazonS3Builder::new()
            .with_endpoint(url)
            .with_allow_http(true)
            .with_region("us-east-1")
            .with_access_key_id("test")
            .with_secret_access_key("test")
            .with_bucket_name("fleet");
        let settings = vec![
            ("aws_endpoint_url_s3", url.to_owned()),
            ("aws_region", "us-east-1".to_owned()),
            ("aws_access_key_id", "test".to_owned()),
            ("aws_secret_access_key", "hush-5c1d".to_owned()),
        ];
        Self { cloud: Cloud::S3, settings, raw: Arc::new(raw.build().unwrap()) }
    }

    pub fn fresh(&self) -> InBucket {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::SeqCst);
        InBucket { bucket: self.clone(), key: format!("deep/{count}/acme.json"), lease: LEASE }
    }
}

impl InBucket {
    /// The same place, by another way to the server.
    pub fn through(&self, url: &str) -> Self {
        Self { bucket: Bucket::s3(url), key: self.key.clone(), lease: self.lease }
    }

    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    pub fn store(&self) -> BlobStore {
        let address = format!("fleet/{}", self.key);
        let store = BlobStore::connect(self.bucket.cloud, &address, &self.bucket.settings).unwrap();
        store.with_lease(self.lease)
    }

    pub fn get(&self, ending: &str) -> Option<Vec<u8>> {
        let (raw, path) = (Arc::clone(&self.bucket.raw), self.path(ending));
        aside(async move {
            match raw.get(&path).await {
                Ok(found) => Some(found.bytes().await.unwrap().to_vec()),
                Err(object_store::Error::NotFound { .. }) => None,
                Err(error) => panic!("{error}"),
            }
        })
    }

    pub fn put(&self, ending: &str, bytes: &[u8]) {
        let (raw, path, bytes) = (Arc::clone(&self.bucket.raw), self.path(ending), bytes.to_vec());
        aside(async move { raw.put(&path, bytes.into()).await.map(drop).unwrap() });
    }

    /// As another run of the program writes it: with the id of a write.
    pub fn put_as_a_run(&self, ending: &str, bytes: &[u8]) {
        let mark = (Attribute::Metadata("wawpform".into()), "0123456789abcdef.1");
        let options = PutOptions { attributes: [mark].into_iter().collect(), ..PutOptions::default() };
        let (raw, path, bytes) = (Arc::clone(&self.bucket.raw), self.path(ending), bytes.to_vec());
        aside(async move { raw.put_opts(&path, bytes.into(), options).await.map(drop).unwrap() });
    }

    pub fn remove(&self, ending: &str) {
        let (raw, path) = (Arc::clone(&self.bucket.raw), self.path(ending));
        aside(async move { raw.delete(&path).await.unwrap() });
    }

    fn path(&self, ending: &str) -> Path {
        Path::from(format!("{}{ending}", self.key))
    }
}

/// On a runtime of its own: the caller may be in one.
fn aside<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let run = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
    std::thread::scope(|scope| scope.spawn(run).join().unwrap())
}

impl Place for InBucket {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.store())
    }

    fn take_lock_away(&self) {
        self.remove(".lock");
    }

    fn put_document(&self, bytes: &[u8]) {
        self.put("", bytes);
    }

    fn remove_records(&self) {
        self.remove("");
    }
}
