//! `examples/n_plus_one.rs`.

use std::time::Duration;

use super::run::{example, run, succeed};
use crate::support::{Proxy, server};

#[test]
fn four_ways_give_the_same_answer_but_one_of_them_asks_2006_times() {
    let printed = run("n_plus_one", &[]);
    let ways = printed.table("way");
    assert_eq!(ways.column("way"), ["1 + N queries", "JOIN", "= ANY($1)", "jsonb_agg"]);
    assert_eq!(ways.column("round trips"), ["2006", "1", "2", "1"]);
    // The sample data, and 2000 projects of which nine in ten have five tasks.
    assert_eq!(ways.column("projects"), ["2005"; 4]);
    assert_eq!(ways.column("tasks"), ["9060"; 4]);
    assert_eq!(ways.column("without tasks"), ["200"; 4]);
}

#[test]
fn the_round_trips_that_it_counts_are_those_that_a_proxy_sees() {
    let proxy = Proxy::new(server().socket(), Duration::ZERO);
    let printed = succeed(example("n_plus_one").env("DATABASE_URL", proxy.url("postgres")));
    let counted: usize =
        printed.table("way").column("round trips").iter().map(|count| count.parse::<usize>().unwrap()).sum();
    let seen = proxy.traffic().iter().map(|connection| connection.turns).max().unwrap();
    // Some more on the same connection fill the tables.
    assert!((counted..counted + 10).contains(&seen), "counted {counted}, seen {seen}");
}
