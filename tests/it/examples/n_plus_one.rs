//! `examples/n_plus_one.rs`.

use super::run::run;

#[test]
fn four_ways_give_the_same_answer_and_one_of_them_asks_2006_times() {
    let printed = run("n_plus_one", &[]);
    let ways = printed.table("way");
    assert_eq!(ways.column("way"), ["1 + N queries", "JOIN", "= ANY($1)", "jsonb_agg"]);
    assert_eq!(ways.column("round trips"), ["2006", "1", "2", "1"]);
    // The sample data, and 2000 projects of which nine in ten have five tasks.
    assert_eq!(ways.column("projects"), ["2005"; 4]);
    assert_eq!(ways.column("tasks"), ["9060"; 4]);
    assert_eq!(ways.column("without tasks"), ["200"; 4]);
}
