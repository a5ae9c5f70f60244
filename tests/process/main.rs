//! The program as a process, where the machine is not kind: no room, no right to write, signals, damaged files,
//! a lock that is held. Real files, a real sandbox server, nothing of this machine's environment.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(unreachable_pub, missing_docs, reason = "the names are sentences")]
#![allow(clippy::print_stdout, reason = "what could not be tried on this machine is worth knowing")]

#[path = "../contract/mod.rs"]
mod contract;

mod damage;
mod http;
mod limits;
mod locks;
mod scene;
#[path = "../completions/terminal.rs"]
#[allow(dead_code, reason = "this one reads no words from a shell's line")]
mod shell;
mod signals;
#[path = "../stream/reader.rs"]
mod stream;
mod terminal;
mod terraform;
mod told;
