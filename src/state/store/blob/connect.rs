//! From a bucket's name and settings to a store that can be asked.
//!
//! Invariant: nothing is asked here, and no setting gets into a message: any of them may be a secret.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use url::{Host, Url};

use super::BlobStore;
use super::answers::Dated;

/// Who keeps the bucket, or speaks like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cloud {
    /// `s3://`: Amazon S3, and every server of that protocol that keeps to conditional writes.
    S3,
    /// `gs://`: Google Cloud Storage.
    Google,
    /// `az://`: Azure Blob Storage.
    Azure,
}

/// Why a bucket cannot be used with these settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unusable {
    /// What is wrong, without any setting's value.
    pub message: String,
    /// What to do next.
    pub hint: &'static str,
}

impl Cloud {
    const fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Google => "gs",
            Self::Azure => "az",
        }
    }

    /// Where to read which settings there are.
    const fn hint(self) -> &'static str {
        match self {
            Self::S3 => {
                "set AWS_REGION, and AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or \
                 AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN; for another server AWS_ENDPOINT_URL_S3"
            }
            Self::Google => {
                "set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service account, or GOOGLE_OAUTH_ACCESS_TOKEN \
                 to a token"
            }
            Self::Azure => {
                "set AZURE_STORAGE_ACCOUNT_NAME, and AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN, or \
                 AZURE_CLIENT_ID with AZURE_TENANT_ID and AZURE_CLIENT_SECRET or AZURE_FEDERATED_TOKEN_FILE"
            }
        }
    }

    fn unusable(self, what: &str) -> Unusable {
        Unusable { message: format!("{}:// cannot be used: {what}", self.scheme()), hint: self.hint() }
    }
}

impl BlobStore {
    /// The state in the object that `address` names: what is behind the `://`, a bucket, `/`, and a key. The
    /// settings are named as `object_store` names its configuration. Nothing is called yet.
    ///
    /// # Errors
    /// When the address names no object, or the settings do not fit together.
    pub fn connect(cloud: Cloud, address: &str, settings: &[(&str, String)]) -> Result<Self, Unusable> {
        let misnamed = |what| Unusable {
            message: format!("{}:// {what}", cloud.scheme()),
            hint: "name a bucket and an object in it, such as s3://bucket/acme.json",
        };
        let Some((bucket, key)) = address.split_once('/') else {
            return Err(misnamed("names no object"));
        };
        if bucket.is_empty() || bucket.contains(['@', ':', '?', '#']) {
            return Err(misnamed("names no bucket: credentials and ports do not belong there"));
        }
        if key.is_empty() || key.ends_with('/') {
            return Err(misnamed("names no object"));
        }
        let path = Path::parse(key).map_err(|_| misnamed("names an object that cannot be"))?;
        // The client that is made needs it, and whoever was first is right.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = cloud.options(settings)?;
        let store = cloud.bucket(bucket, settings, options)?;
        Ok(Self::new(store, path, format!("{}://{address}", cloud.scheme())))
    }
}

impl Cloud {
    fn bucket(
        self,
        bucket: &str,
        settings: &[(&str, String)],
        options: ClientOptions,
    ) -> Result<Arc<dyn ObjectStore>, Unusable> {
        let unknown = |name: &str| self.unusable(&format!("there is no setting {name}"));
        // What went wrong may quote a setting.
        let unfit = |_| self.unusable("its settings are incomplete or do not fit together");
        Ok(match self {
            Self::S3 => {
                let mut builder = AmazonS3Builder::new()
                    .with_client_options(options)
                    // Every server knows the plain way.
                    .with_config(AmazonS3ConfigKey::DisableBulkDelete, "true");
                for (name, value) in settings {
                    let key: AmazonS3ConfigKey = name.parse().map_err(|_| unknown(name))?;
                    builder = builder.with_config(key, value);
                }
                let builder = builder.with_bucket_name(bucket).with_retry(retry());
                Arc::new(builder.with_http_connector(Dated::default()).build().map_err(unfit)?)
            }
            Self::Google => {
                let mut builder = GoogleCloudStorageBuilder::new().with_client_options(options);
                for (name, value) in settings {
                    let key: GoogleConfigKey = name.parse().map_err(|_| unknown(name))?;
                    builder = builder.with_config(key, value);
                }
                let builder = builder.with_bucket_name(bucket).with_retry(retry());
                Arc::new(builder.with_http_connector(Dated::default()).build().map_err(unfit)?)
            }
            Self::Azure => {
                let mut builder = MicrosoftAzureBuilder::new().with_client_options(options);
                for (name, value) in settings {
                    let key: AzureConfigKey = name.parse().map_err(|_| unknown(name))?;
                    builder = builder.with_config(key, value);
                }
                let builder = builder.with_container_name(bucket).with_retry(retry());
                Arc::new(builder.with_http_connector(Dated::default()).build().map_err(unfit)?)
            }
        })
    }

    /// Nothing goes over the network unencrypted, but to this machine itself, or where that is asked for.
    fn options(self, settings: &[(&str, String)]) -> Result<ClientOptions, Unusable> {
        let asked = settings.iter().any(|(name, value)| name.ends_with("allow_http") && value == "true");
        let mut plain = false;
        for (name, value) in settings {
            if !name.contains("endpoint") && !name.ends_with("base_url") {
                continue;
            }
            let url = Url::parse(value).map_err(|_| self.unusable(&format!("{name} is not a URL")))?;
            if url.scheme() != "http" {
                continue;
            }
            if !asked && !is_this_machine(&url) {
                let message =
                    format!("{name} is an http:// address, and what goes there can be read on the way");
                return Err(Unusable {
                    message,
                    hint: "use https://, or set AWS_ALLOW_HTTP=true (AZURE_ALLOW_HTTP, GOOGLE_ALLOW_HTTP)",
                });
            }
            plain = true;
        }
        // Each answer is waited for elsewhere, and for less long unless the document is large.
        let options = ClientOptions::new()
            .with_allow_http(plain)
            .with_connect_timeout(Duration::from_secs(2))
            .with_timeout(Duration::from_secs(600));
        Ok(options)
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Soon and seldom: a signal's grace is 4 s.
fn retry() -> RetryConfig {
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_millis(500),
        ..BackoffConfig::default()
    };
    RetryConfig { backoff, max_retries: 2, retry_timeout: Duration::from_secs(2) }
}
