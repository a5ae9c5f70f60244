//! The state in a bucket that two machines reach.

use std::path::Path;
use std::sync::Arc;

use wawpform::state::{BlobStore, Cloud, Store};

use super::field::Field;
use super::servers;

struct Bucket(String);

pub fn s3(_: &Path) -> Box<dyn Field> {
    Box::new(Bucket(servers::moto().expect("it was looked for").url()))
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
