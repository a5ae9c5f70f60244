//! The program: parse, run, exit.

use std::process::ExitCode;

/// Reading a manifest takes twice as long with musl's own.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    wawpform::cli::main()
}
