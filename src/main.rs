//! The program; the command line comes with its own room.

fn main() {}
