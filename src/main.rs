//! The program: parse, run, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    wawpform::cli::main()
}
