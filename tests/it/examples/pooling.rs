//! `examples/pooling.rs`.

use super::run::run;

#[test]
fn a_pool_answers_all_requests_with_a_few_server_processes() {
    let printed = run("pooling", &[]);
    let ways = printed.table("way");
    let processes = |way| (ways.cell(way, "requests"), ways.cell(way, "server processes"));
    assert_eq!(processes("a connection each"), ("200", "200"));
    assert_eq!(processes("a pool of 5"), ("200", "5"));

    let limit = printed.table("what happens");
    assert_eq!(limit.column("open"), ["2", "2", "2"]);
    assert_eq!(limit.column("outcome"), ["no waiting", "timed out", "same process"]);
}
