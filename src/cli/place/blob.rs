//! A state in object storage: the settings that people already have in their environment.
//!
//! Invariant: every variable that is read stands in a table here; no value of one gets into a message.

use std::sync::Arc;
use std::time::Duration;

use super::super::App;
use super::super::exit::Fault;
use crate::state::{BlobStore, Cloud, Store, Unusable};

/// A variable, and the setting of `object_store` that it is. Of two for one setting the later wins.
type Variable = (&'static str, &'static str);

const S3: &[Variable] = &[
    ("AWS_ACCESS_KEY_ID", "aws_access_key_id"),
    ("AWS_SECRET_ACCESS_KEY", "aws_secret_access_key"),
    ("AWS_SESSION_TOKEN", "aws_session_token"),
    ("AWS_DEFAULT_REGION", "aws_region"),
    ("AWS_REGION", "aws_region"),
    ("AWS_ENDPOINT_URL", "aws_endpoint_url"),
    ("AWS_ENDPOINT_URL_S3", "aws_endpoint_url_s3"),
    ("AWS_ENDPOINT_URL_STS", "aws_endpoint_url_sts"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "aws_web_identity_token_file"),
    ("AWS_ROLE_ARN", "aws_role_arn"),
    ("AWS_ROLE_SESSION_NAME", "aws_role_session_name"),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "aws_container_credentials_relative_uri"),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "aws_container_credentials_full_uri"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "aws_container_authorization_token_file"),
    ("AWS_SERVER_SIDE_ENCRYPTION", "aws_server_side_encryption"),
    ("AWS_SSE_KMS_KEY_ID", "aws_sse_kms_key_id"),
    ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "aws_virtual_hosted_style_request"),
    ("AWS_ALLOW_HTTP", "aws_allow_http"),
];

const GOOGLE: &[Variable] = &[
    ("GOOGLE_APPLICATION_CREDENTIALS", "google_application_credentials"),
    ("GOOGLE_SERVICE_ACCOUNT_KEY", "google_service_account_key"),
    ("GOOGLE_OAUTH_ACCESS_TOKEN", "google_bearer_token"),
    ("GOOGLE_BASE_URL", "google_base_url"),
    ("GOOGLE_ALLOW_HTTP", "google_allow_http"),
];

const AZURE: &[Variable] = &[
    ("AZURE_STORAGE_ACCOUNT", "azure_storage_account_name"),
    ("AZURE_STORAGE_ACCOUNT_NAME", "azure_storage_account_name"),
    ("AZURE_STORAGE_KEY", "azure_storage_account_key"),
    ("AZURE_STORAGE_ACCOUNT_KEY", "azure_storage_account_key"),
    ("AZURE_STORAGE_SAS_TOKEN", "azure_storage_sas_token"),
    ("AZURE_STORAGE_ENDPOINT", "azure_storage_endpoint"),
    ("AZURE_CLIENT_ID", "azure_client_id"),
    ("AZURE_CLIENT_SECRET", "azure_client_secret"),
    ("AZURE_TENANT_ID", "azure_tenant_id"),
    ("AZURE_AUTHORITY_HOST", "azure_authority_host"),
    ("AZURE_FEDERATED_TOKEN_FILE", "azure_federated_token_file"),
    ("AZURE_ALLOW_HTTP", "azure_allow_http"),
];

/// A variable that people have and that is not read; which ones make up for it; what to do.
type Unread = (&'static str, &'static [&'static str], &'static str);

const UNREAD: &[(Cloud, Unread)] = &[
    (
        Cloud::S3,
        (
            "AWS_PROFILE",
            &[
                "AWS_ACCESS_KEY_ID",
                "AWS_WEB_IDENTITY_TOKEN_FILE",
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            ],
            "profiles are not read: run `eval \"$(aws configure export-credentials --format env)\"`, and set AWS_REGION",
        ),
    ),
    (
        Cloud::Azure,
        (
            "AZURE_STORAGE_CONNECTION_STRING",
            &["AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_ACCOUNT_NAME"],
            "connection strings are not read: set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
        ),
    ),
    (
        Cloud::Google,
        (
            "GOOGLE_CREDENTIALS",
            &["GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT_KEY", "GOOGLE_OAUTH_ACCESS_TOKEN"],
            "set GOOGLE_APPLICATION_CREDENTIALS to a file, or GOOGLE_SERVICE_ACCOUNT_KEY to its content",
        ),
    ),
];

/// The store behind `s3://`, `gs://` and `az://`.
///
/// # Errors
/// When the address names no object, or the environment lacks what is needed.
pub(super) fn store(app: &App, cloud: Cloud, address: &str) -> anyhow::Result<Arc<dyn Store>> {
    let unread = UNREAD.iter().filter(|(of, _)| *of == cloud);
    for (_, (name, instead, hint)) in unread {
        if app.env.var(name).is_some() && instead.iter().all(|name| app.env.var(name).is_none()) {
            return Err(Fault::error(format!("--state: {name} is set, and is not read"), *hint).into());
        }
    }
    let table = match cloud {
        Cloud::S3 => S3,
        Cloud::Google => GOOGLE,
        Cloud::Azure => AZURE,
    };
    let settings: Vec<(&str, String)> =
        table.iter().filter_map(|(name, setting)| Some((*setting, app.env.var(name)?))).collect();
    let store = BlobStore::connect(cloud, address, &settings).map_err(|error| {
        let Unusable { message, hint } = error;
        Fault::error(format!("--state: {message}"), hint)
    })?;
    let lease: Option<Duration> = app.env.lease();
    Ok(Arc::new(match lease {
        Some(lease) => store.with_lease(lease),
        None => store,
    }))
}
