//! The pipelines of `examples/ci`, checked as files and run step by step: real git, a real sandbox, and servers of our
//! own that play GitHub and its runner. Nothing leaves this machine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(unreachable_pub, missing_docs, reason = "the names are sentences")]
#![allow(clippy::print_stdout, reason = "what could not be tried on this machine is worth knowing")]

mod action;
mod apply;
mod atlantis;
mod comment;
mod drift;
mod expression;
mod files;
mod fork;
mod github;
mod gitlab;
mod linters;
mod release;
mod runner;
mod scene;
mod state_in_git;
#[path = "../tools/mod.rs"]
mod tools;
