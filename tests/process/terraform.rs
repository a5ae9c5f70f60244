//! The test server of the HTTP protocol, proven by Terraform itself: it reads, writes and locks there as this program
//! does. Skipped with a word where there is no `terraform`.

use std::path::Path;

use tempfile::TempDir;
use wawpform::instance::Secret;
use wawpform::state::{HttpSettings, HttpStore, Store as _};

use super::contract::given::lock_info;
use super::contract::http::HttpPlace;
use super::scene::{Ran, SERVERS};

/// The lock of this program that Terraform meets.
const ID: &str = "0b5e7a52-3a3c-4c0e-9f7e-0d4f3a1f9b11";

/// Runs it in a folder, with nothing of this machine's environment; `None` where there is none.
fn terraform(folder: &Path, arguments: &[&str]) -> Option<Ran> {
    let mut command = std::process::Command::new("terraform");
    command.args(arguments).current_dir(folder).env_clear();
    command.env("PATH", std::env::var_os("PATH")?).env("HOME", folder).env("CHECKPOINT_DISABLE", "1");
    match command.env("TF_IN_AUTOMATION", "1").env("TF_INPUT", "0").output() {
        Ok(output) => Some(Ran::of(&output)),
        Err(error) => {
            println!("skipped: terraform cannot be run here: {error}");
            None
        }
    }
}

fn configuration(place: &HttpPlace, value: &str) -> String {
    let (state, lock) = (place.server.url(), format!("{}/lock", place.server.url()));
    format!(
        r#"terraform {{
  backend "http" {{
    address        = "{state}"
    lock_address   = "{lock}"
    unlock_address = "{lock}"
    lock_method    = "POST"
    unlock_method  = "DELETE"
    username       = "me"
    password       = "secret"
    retry_max      = 0
  }}
}}
resource "terraform_data" "this" {{ input = "{value}" }}
"#
    )
}

#[test]
fn terraform_itself_works_with_the_server_that_these_tests_use() {
    let (folder, place) = (TempDir::new().unwrap(), HttpPlace::fresh());
    place.server.demand("me:secret");
    let write = |value: &str| {
        std::fs::write(folder.path().join("main.tf"), configuration(&place, value)).unwrap();
    };
    write("one");
    let Some(ran) = terraform(folder.path(), &["init", "-no-color"]) else { return };
    assert_eq!(ran.code, 0, "{ran:?}");
    let run = |arguments: &[&str]| terraform(folder.path(), arguments).unwrap();
    for value in ["one", "two"] {
        write(value);
        let ran = run(&["apply", "-no-color", "-auto-approve"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let there = String::from_utf8(place.server.document().unwrap()).unwrap();
        assert!(there.contains(&format!("\"{value}\"")), "{there}");
        assert_eq!(place.server.lock(), None);
    }
    let with_id = |(method, path): &(String, String)| method == "POST" && path.starts_with("/state?ID=");
    assert!(place.server.log().iter().filter(|request| with_id(request)).count() >= 2);
    assert_eq!(run(&["plan", "-no-color", "-detailed-exitcode"]).code, 0);

    // This program holds the lock: Terraform reads its id, and takes it away.
    let user = Some(("me".to_owned(), Secret::new("secret".into())));
    let store = HttpStore::new(HttpSettings { user, ..place.settings() }).unwrap();
    let pen = SERVERS.block_on(store.lock(&lock_info(ID))).unwrap();
    let refused = run(&["plan", "-no-color"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    for words in ["Error acquiring the state lock", "already locked", ID] {
        assert!(refused.err.contains(words), "{words}: {refused:?}");
    }
    let forced = run(&["force-unlock", "-force", ID]);
    assert_eq!((forced.code, place.server.lock()), (0, None), "{forced:?}");
    SERVERS.block_on(pen.release()).unwrap();
    assert_eq!(run(&["destroy", "-no-color", "-auto-approve"]).code, 0);
}
