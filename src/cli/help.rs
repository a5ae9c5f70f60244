//! What help and manual tell beside commands and flags: how runs end, which variables are read, which files there are.
//!
//! Invariant: a variable that the program reads stands here (a test looks for them in its source).

use super::exit::Exit;
use crate::render::fold;

/// Variables that are for one thing.
pub(super) struct Variables {
    /// What they are for.
    pub(super) about: &'static str,
    /// Their names, and what each says.
    pub(super) rows: &'static [(&'static str, &'static str)],
}

/// Every variable that is read.
pub(super) const VARIABLES: &[Variables] = &[
    Variables {
        about: "The API and the command line",
        rows: &[
            ("WAWP_ACCESS_TOKEN", "the access token, unless the manifest names another variable"),
            ("WAWP_API_URL", "as --api-url"),
            ("WAWPFORM_ALLOW_ENV", "as --allow-env, separated by commas"),
            ("WAWPFORM_CONCURRENCY", "as --concurrency"),
            ("WAWPFORM_STATE", "as --state"),
            ("WAWPFORM_COMPLETE", "set by the scripts of `completions`: the shell that asks"),
            ("HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "proxies, but to this machine itself"),
            ("SSL_CERT_FILE, SSL_CERT_DIR", "certificates to trust instead of the system's"),
        ],
    },
    Variables {
        about: "The terminal",
        rows: &[
            ("NO_COLOR, TERM", "no colour when the first is set, or the second is `dumb`"),
            ("COLUMNS", "how wide tables, diagnostics and talk on a terminal may be"),
        ],
    },
    Variables {
        about: "A state on an HTTP server (`wawpform state --help`)",
        rows: &[
            ("TF_HTTP_ADDRESS", "whose state the others below are about"),
            ("TF_HTTP_USERNAME, TF_HTTP_PASSWORD", "who asks"),
            ("TF_HTTP_UPDATE_METHOD", "POST when not set"),
            (
                "TF_HTTP_LOCK_ADDRESS, TF_HTTP_LOCK_METHOD, TF_HTTP_UNLOCK_ADDRESS, TF_HTTP_UNLOCK_METHOD",
                "where and how it is locked",
            ),
            (
                "TF_HTTP_CLIENT_CERTIFICATE_PEM, TF_HTTP_CLIENT_PRIVATE_KEY_PEM, TF_HTTP_CLIENT_CA_CERTIFICATE_PEM",
                "certificates",
            ),
            (
                "TF_HTTP_RETRY_MAX, TF_HTTP_RETRY_WAIT_MIN, TF_HTTP_RETRY_WAIT_MAX",
                "how often, and after how many seconds, it is asked again",
            ),
            ("CI_API_V4_URL, CI_JOB_TOKEN", "GitLab's own, in a job: its token when no user is named"),
            ("WAWPFORM_HTTP_LOCK", "`none`: without a lock, where nobody else writes"),
            ("WAWPFORM_HTTP_TIMEOUT", "for how many seconds an answer is waited for"),
            ("WAWPFORM_ALLOW_PLAIN_HTTP", "`1`: http:// may leave this machine, never with a password"),
        ],
    },
    Variables {
        about: "A state in PostgreSQL",
        rows: &[
            ("PGPASSWORD", "the password, when the URL has none"),
            ("PGSSLMODE, PGSSLROOTCERT", "as `sslmode` and `sslrootcert` in the URL"),
        ],
    },
    Variables {
        about: "A state in object storage: the settings of each cloud, as its own tools read them",
        rows: &[
            (
                "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_DEFAULT_REGION, \
                 AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL_STS, AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, \
                 AWS_ROLE_SESSION_NAME, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_CREDENTIALS_FULL_URI, \
                 AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, AWS_SERVER_SIDE_ENCRYPTION, AWS_SSE_KMS_KEY_ID, \
                 AWS_VIRTUAL_HOSTED_STYLE_REQUEST, AWS_ALLOW_HTTP",
                "for s3:// (AWS_PROFILE is not read)",
            ),
            (
                "GOOGLE_APPLICATION_CREDENTIALS, GOOGLE_SERVICE_ACCOUNT_KEY, GOOGLE_OAUTH_ACCESS_TOKEN, GOOGLE_BASE_URL, \
                 GOOGLE_ALLOW_HTTP",
                "for gs:// (GOOGLE_CREDENTIALS is not read)",
            ),
            (
                "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT, AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_KEY, \
                 AZURE_STORAGE_SAS_TOKEN, AZURE_STORAGE_ENDPOINT, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_TENANT_ID, \
                 AZURE_AUTHORITY_HOST, AZURE_FEDERATED_TOKEN_FILE, AZURE_ALLOW_HTTP",
                "for az:// (AZURE_STORAGE_CONNECTION_STRING is not read)",
            ),
        ],
    },
    Variables {
        about: "Pipelines, each variable set by its runner",
        rows: &[
            (
                "GITHUB_STEP_SUMMARY, GITHUB_OUTPUT, GITHUB_WORKSPACE",
                "where --github writes, and from where files are told",
            ),
            ("GITHUB_ACTIONS", "no line of talk is a command to the runner"),
            (
                "CI_JOB_URL, GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, SYSTEM_TEAMFOUNDATIONCOLLECTIONURI, \
                 SYSTEM_TEAMPROJECT, BUILD_BUILDID, BITBUCKET_REPO_FULL_NAME, BITBUCKET_BUILD_NUMBER, CIRCLE_BUILD_URL, \
                 BUILDKITE_BUILD_URL, BUILD_URL",
                "the job that a lock names",
            ),
        ],
    },
    Variables {
        about: "This machine",
        rows: &[
            ("USER, LOGNAME, USERNAME", "who a lock names"),
            (
                "HOME, PATH, XDG_CONFIG_HOME, GIT_CONFIG_GLOBAL, GIT_CONFIG_SYSTEM, GIT_CONFIG_NOSYSTEM, \
                 GIT_CEILING_DIRECTORIES",
                "handed on to git, which `diff git:REV` asks",
            ),
        ],
    },
];

/// The files that the program reads and writes by itself, and what each is.
pub(super) const FILES: [(&str, &str); 7] = [
    ("wawpform.yaml", "The manifest, unless -f names another."),
    ("wawpform.schema.json", "Its JSON Schema, for editors; `init` writes it."),
    (
        "state/FLEET.json",
        "The state, unless --state names another place. It has no secret in it, and may be committed.",
    ),
    (
        "state/FLEET.json.lock, .journal, .backup",
        "Who writes the state, what a run has done so far, and the state before it.",
    ),
    ("state/.gitignore", "Keeps lock, backup and sandbox out of git; `init` writes it."),
    ("state/sandbox/", "The world of --sandbox, and the states made in it."),
    (
        "errored.state.json",
        "What is known, when the state could not be written; `wawpform state push` brings it back.",
    ),
];

/// The beginning of either end.
const TRY: &str = "Try it without an account:\n  wawpform init && wawpform apply --sandbox";

/// How wide what is put together here may be.
const WIDTH: usize = 76;

/// The end of the short help.
pub(super) fn in_short() -> String {
    let told = Exit::TABLE.iter().map(|(exit, short, _)| format!("{} {short}", exit.number()));
    format!("{TRY}\n\nExit codes: {}.", told.collect::<Vec<_>>().join(", "))
}

/// The end of the long help.
pub(super) fn in_full() -> String {
    let mut text = format!("{TRY}\n\nExit codes:\n");
    for (exit, _, long) in Exit::TABLE {
        text += &format!("{}\n", fold(&format!("  {:<4} {long}", exit.number()), 7, WIDTH));
    }
    text += "\nEnvironment variables:\n";
    for Variables { about, rows } in VARIABLES {
        text += &format!("\n{}\n", fold(&format!("  {about}:"), 4, WIDTH));
        for (names, says) in *rows {
            let says = fold(&format!("          {says}"), 10, WIDTH);
            text += &format!("{}\n{says}\n", folded(names, "    "));
        }
    }
    text.trim_end().to_owned()
}

/// Names, as many a line as find room.
fn folded(names: &str, indent: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for name in names.split_inclusive(", ") {
        match lines.last_mut() {
            Some(line) if line.len().saturating_add(name.trim_end().len()) <= WIDTH => line.push_str(name),
            _ => lines.push(format!("{indent}{name}")),
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}
