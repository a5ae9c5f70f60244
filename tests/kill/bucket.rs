//! The state of a killed fleet in a bucket, behind a line that knows what is under way.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wawpform::state::{BlobStore, Cloud, Store};

use super::home::Home;
use super::program::Program;
use super::servers;
use super::servers::proxy::Proxy;

struct Bucket {
    proxy: Proxy,
    /// What is behind the `s3://`.
    address: String,
}

/// An object of its own at moto. Its lock ends with its lease.
pub fn s3(_: &Path) -> Box<dyn Home> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let server = servers::moto().expect("it was looked for");
    let address = format!("fleet/{}/acme.json", COUNT.fetch_add(1, Ordering::SeqCst));
    Box::new(Bucket { proxy: Proxy::to(server.port), address })
}

impl Home for Bucket {
    fn variables(&self) -> Vec<(String, String)> {
        let mut variables = servers::s3_variables(&self.proxy.url());
        variables.push(("WAWPFORM_STATE".to_owned(), format!("s3://{}", self.address)));
        variables.push(("WAWPFORM_TEST_LEASE".to_owned(), "2s".to_owned()));
        variables
    }

    fn store(&self) -> Arc<dyn Store> {
        let settings = [
            ("aws_endpoint_url_s3", self.proxy.url()),
            ("aws_region", "us-east-1".to_owned()),
            ("aws_access_key_id", "test".to_owned()),
            ("aws_secret_access_key", "test".to_owned()),
        ];
        Arc::new(BlobStore::connect(Cloud::S3, &self.address, &settings).unwrap())
    }

    fn writes(&self) -> u64 {
        self.proxy.writes() as u64
    }

    fn after_kill(&self, _: &Program) {
        self.proxy.quiet();
    }
}
