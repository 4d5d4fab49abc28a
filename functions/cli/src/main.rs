//! The command line of accesstrail.

use std::process::ExitCode;

fn main() -> ExitCode {
    accesstrail::main(std::env::args_os())
}
