//! The program: parse, run, exit.

use std::process::ExitCode;

/// A manifest becomes many small values: the system's own allocator takes up to half as long again, musl's twice as long.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    wawpform::cli::main()
}
