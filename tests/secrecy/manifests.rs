//! Manifests that hold the token where people put it by mistake, or where somebody wants to have it read.

use super::TOKEN;
use super::place::{Place, Route};

/// A token that could be the name of a variable, as Wawp's can.
const NAME_LIKE: &str = "f7aMARKED9c1e";

#[test]
fn a_token_in_the_wrong_place_of_a_manifest_is_told_by_no_command() {
    let quoted = serde_json::to_string(TOKEN).unwrap();
    let mut manifests = Vec::new();
    for token in [quoted.as_str(), NAME_LIKE] {
        for place in [
            format!("account: {{token: {token}}}"),
            format!("account: {{token_env: {token}}}"),
            format!("account:\n  token_env: {token} # the token\n  colour: 1"),
            format!("account: {{token_env: {token}, : : ]"),
            format!("access_token: {token}"),
            format!("account: {{token_env: [{token}]}}"),
            format!("instances: {{a: {{labels: {{api_key: {token}}}}}}}"),
            format!("instances: {{a: {{hmac: {token}}}}}"),
            format!(
                "instances: {{a: {{webhooks: [{{url: 'https://x.example/', events: [m], hmac_env: {token}}}]}}}}"
            ),
        ] {
            manifests.push(format!("fleet: acme\n{place}\n"));
        }
    }
    for url in [
        "https://me:MARKED@x.example/",
        "https://MARKED@x.example/",
        "https:\\\\me:MARKED@x.example/",
        "https://x.example/?token=MARKED",
        "https://x.example/?%74oken=MARKED",
    ] {
        manifests
            .push(format!("fleet: acme\ninstances: {{a: {{webhooks: [{{url: '{url}', events: [m]}}]}}}}\n"));
    }
    std::thread::scope(|scope| {
        for half in manifests.chunks(manifests.len().div_ceil(2)) {
            scope.spawn(move || {
                for manifest in half {
                    let place = Place::new(Route::Env, "http://127.0.0.1:1", manifest);
                    for args in [
                        &["validate"][..],
                        &["validate", "--format", "json"],
                        &["validate", "--format", "github"],
                        &["apply", "--auto-approve", "--events", "events", "--report", "report"],
                    ] {
                        let output = place.command(args, TOKEN).output().unwrap();
                        assert_eq!(output.status.code(), Some(1), "{args:?} takes {manifest}");
                        place.search(args, &output, &["wawpform.yaml"]);
                    }
                }
            });
        }
    });
}
