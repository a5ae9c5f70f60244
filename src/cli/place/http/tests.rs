//! Which variables hold for which address, and where a password may not go.

use super::*;

const GITLAB: &str = "https://gitlab.example/api/v4/projects/42/terraform/state/wawp";

fn given(text: &str, vars: &[(&str, &str)]) -> anyhow::Result<HttpSettings> {
    let look = |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    settings(text, "--state", &look)
}

fn lock_of(settings: &HttpSettings) -> [String; 4] {
    let HttpLock { address, method, unlock_address, unlock_method } = settings.lock.clone().unwrap();
    [address.to_string(), method, unlock_address.to_string(), unlock_method]
}

fn user_of(settings: &HttpSettings) -> Option<(&str, &str)> {
    settings.user.as_ref().map(|(user, password)| (user.as_str(), password.expose()))
}

#[test]
fn a_state_is_locked_at_its_own_address_unless_something_says_otherwise() {
    let own = given("https://h.example/s", &[]).unwrap();
    assert_eq!(lock_of(&own), ["https://h.example/s", "LOCK", "https://h.example/s", "UNLOCK"]);
    assert_eq!((own.update_method.as_str(), user_of(&own)), ("POST", None));
    let gitlab = given(GITLAB, &[]).unwrap();
    let lock = format!("{GITLAB}/lock");
    assert_eq!(lock_of(&gitlab), [lock.as_str(), "POST", lock.as_str(), "DELETE"]);
    let vars = [
        ("TF_HTTP_ADDRESS", "https://h.example/s"),
        ("TF_HTTP_UPDATE_METHOD", "PUT"),
        ("TF_HTTP_LOCK_ADDRESS", "https://h.example/l"),
        ("TF_HTTP_LOCK_METHOD", "PATCH"),
        ("TF_HTTP_UNLOCK_METHOD", "DELETE"),
        ("TF_HTTP_USERNAME", "u"),
        ("TF_HTTP_PASSWORD", "p"),
    ];
    let all = given("https://h.example/s", &vars).unwrap();
    assert_eq!(lock_of(&all), ["https://h.example/l", "PATCH", "https://h.example/l", "DELETE"]);
    assert_eq!((all.update_method.as_str(), user_of(&all)), ("PUT", Some(("u", "p"))));
    assert_eq!(user_of(&given("https://me:mine@h.example/s", &vars).unwrap()), Some(("me", "mine")));
    assert!(given("https://h.example/s", &[("WAWPFORM_HTTP_LOCK", "none")]).unwrap().lock.is_none());
    assert!(given("https://h.example/s", &[("WAWPFORM_HTTP_LOCK", "no")]).is_err());
}

#[test]
fn the_variables_of_another_state_lend_no_lock_and_those_of_another_server_no_password() {
    let vars = |address| {
        [
            ("TF_HTTP_ADDRESS", address),
            ("TF_HTTP_LOCK_ADDRESS", "https://h.example/other/lock"),
            ("TF_HTTP_UNLOCK_ADDRESS", "https://h.example/other/lock"),
            ("TF_HTTP_LOCK_METHOD", "POST"),
            ("TF_HTTP_USERNAME", "u"),
            ("TF_HTTP_PASSWORD", "p"),
        ]
    };
    let state = given("https://h.example/s", &vars("https://h.example/other")).unwrap();
    assert_eq!(lock_of(&state), ["https://h.example/s", "POST", "https://h.example/s", "UNLOCK"]);
    assert_eq!(user_of(&state), Some(("u", "p")));
    let state = given("https://h.example/s", &vars("https://u2:p2@elsewhere.example/s")).unwrap();
    assert_eq!(lock_of(&state), ["https://h.example/s", "LOCK", "https://h.example/s", "UNLOCK"]);
    assert_eq!(user_of(&state), None);
    // One that names a password itself is the same state all the same.
    let state = given("https://h.example/s", &vars("https://h.example/s")[..3]).unwrap();
    assert_eq!(lock_of(&state)[0], "https://h.example/other/lock");
}

#[test]
fn the_token_of_a_gitlab_job_is_for_that_gitlab_only() {
    let vars = [("CI_API_V4_URL", "https://gitlab.example/api/v4"), ("CI_JOB_TOKEN", "jt")];
    assert_eq!(user_of(&given(GITLAB, &vars).unwrap()), Some(("gitlab-ci-token", "jt")));
    let elsewhere = GITLAB.replace("gitlab", "gitiab");
    assert_eq!(user_of(&given(&elsewhere, &vars).unwrap()), None);
    assert_eq!(user_of(&given("https://gitlab.example/s", &vars).unwrap()), None);
}

#[test]
fn nothing_goes_in_the_clear_unless_that_is_allowed_and_a_password_never_does() {
    let allowed = ("WAWPFORM_ALLOW_PLAIN_HTTP", "1");
    let message = |text: &str, vars: &[(&str, &str)]| given(text, vars).unwrap_err().to_string();
    assert_eq!(message("http://h.example/s", &[]), "there is no encryption on the way to http://h.example/s");
    given("http://h.example/s", &[allowed]).unwrap();
    given("http://u:p@127.0.0.1:8/s", &[]).unwrap();
    let with_password = message("http://u:MARKED@h.example/s", &[allowed]);
    assert_eq!(with_password, "a password would go in the clear to http://h.example/s");
    // Nor over the lock's address.
    let lock = [("TF_HTTP_LOCK_ADDRESS", "http://h.example/l"), ("TF_HTTP_USERNAME", "u")];
    assert!(message("https://h.example/s", &lock).starts_with("a password would go in the clear"));
    for bad in ["https://", "http://u:MARKED@[::1/s", "https://u:MARKED@h.example:99999/"] {
        assert!(!format!("{:?}", given(bad, &[]).unwrap_err()).contains("MARKED"), "{bad}");
    }
}
