//! The `pmdb` command.

fn main() {}
