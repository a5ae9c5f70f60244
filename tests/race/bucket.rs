//! The state in a bucket that two machines reach.
//!
//! On SeaweedFS, because moto looks at a condition first and writes then: under load two get through, and the run that
//! finds another one's lock stops with nothing started.

use std::path::Path;
use std::sync::Arc;

use wawpform::state::{BlobStore, Cloud, Store};

use super::field::Field;
use super::servers;

struct Bucket(String);

pub fn s3(_: &Path) -> Box<dyn Field> {
    Box::new(Bucket(servers::seaweed().expect("it was looked for").url()))
}

impl Field for Bucket {
    fn variables(&self) -> Vec<(String, String)> {
        let mut variables = servers::s3_variables(&self.0);
        variables.push(("WAWPFORM_STATE".to_owned(), "s3://fleet/race/acme.json".to_owned()));
        variables
    }

    fn store(&self) -> Arc<dyn Store> {
        let settings = [
            ("aws_endpoint_url_s3", self.0.clone()),
            ("aws_region", "us-east-1".to_owned()),
            ("aws_access_key_id", "test".to_owned()),
            ("aws_secret_access_key", "test".to_owned()),
        ];
        Arc::new(BlobStore::connect(Cloud::S3, "fleet/race/acme.json", &settings).unwrap())
    }
}
