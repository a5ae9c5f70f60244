//! The token of another account than the state's is refused before anything is called.

use std::sync::Arc;

use jiff::Timestamp;
use wawpform::sandbox::{Options, Sandbox};

use super::commands::{BUSY, MANIFEST, QUIET};
use super::place::{Place, Route};

/// Another account's.
const OTHER: &str = "another-token";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_command_calls_with_the_token_of_another_account() {
    let options = Options { seed: 7, ..Options::new(Arc::new(|| Timestamp::UNIX_EPOCH)) };
    let sandbox = Sandbox::start(options).await.unwrap();
    let place = Place::new(Route::Env, &sandbox.base_url(), MANIFEST);
    assert_eq!(place.run(&["apply", "--auto-approve"]).status.code(), Some(0));
    assert_eq!(place.run(&["forget", "b"]).status.code(), Some(0));
    let (id, lives) = (sandbox.instances()[0].instance_id.clone(), sandbox.instances().len());
    let import = ["import", "b", id.as_str()];
    sandbox.clear_log();
    for args in QUIET.iter().chain(&BUSY).copied().chain([&import[..]]) {
        // After these two, others would have nothing to do.
        if args[0] == "forget" || args.contains(&"migrate") {
            continue;
        }
        let output = place.command(args, OTHER).output().unwrap();
        let calls = matches!(
            args[0],
            "apply" | "destroy" | "import" | "wait" | "status" | "drift" | "link" | "qr" | "pair"
        ) || args.contains(&"--refresh");
        assert_eq!(output.status.code(), Some(if calls { 3 } else { 0 }), "{args:?} {output:?}");
        assert!(sandbox.log().is_empty(), "{args:?} called: {:?}", sandbox.log());
    }
    // Only where it is said that the same account has a new token.
    let accepted = ["apply", "--refresh", "--auto-approve", "--accept-account-change"];
    assert_eq!(place.command(&accepted, OTHER).output().unwrap().status.code(), Some(0));
    assert_eq!(sandbox.instances().len(), lives + 1);
    assert_eq!(place.run(&["destroy", "--auto-approve"]).status.code(), Some(3), "the mark was not renewed");
}
