//! No byte that comes out of the program, or is left on disk, tells the token: every command, every fault of the
//! sandbox, servers that send the token back in every way, and manifests that hold it in wrong places.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may end"
)]

mod account;
mod commands;
mod echo;
mod faults;
mod manifests;
mod place;

/// A token with a telling part, and with signs that URLs, JSON and base64 write in another way.
const TOKEN: &str = "tok/MARKED\"7f3a+x";

/// What gives the token away in any text. Its telling part stays as it is in URLs and JSON.
fn tells() -> Vec<String> {
    let hex: String = "MARKED".bytes().map(|byte| format!("{byte:02x}")).collect();
    // "MARKED" in base64, by how many bytes stand before it; and the same with other digits for `+` and `/`.
    let base64 = ["TUFSS0VE", "1BUktFR", "NQVJLRU"].map(str::to_owned);
    ["MARKED".to_owned(), hex.to_uppercase(), hex].into_iter().chain(base64).collect()
}

#[test]
fn the_search_finds_the_token_in_every_form() {
    let found = |text: &str| tells().iter().any(|tell| text.contains(tell.as_str()));
    for form in [
        TOKEN,
        "tok%2FMARKED%227f3a%2Bx",
        r#"tok/MARKED\"7f3a+x"#,
        "746f6b2f4d41524b45442237663361 2b78",
        "746F6B2F4D41524B454422",
        "dG9rL01BUktFRCI3ZjNhK3g=",
        "OnRvay9NQVJLRUQiN2YzYSt4",
        "dTp0b2svTUFSS0VEIjdmM2EreA==",
    ] {
        assert!(found(form), "{form}");
    }
    assert!(!found("[redacted] marked"));
}
