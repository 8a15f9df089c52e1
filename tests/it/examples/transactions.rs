//! `examples/transactions.rs`.

use super::run::run;

#[test]
fn a_transfer_happens_wholly_or_not_at_all() {
    let printed = run("transactions", &[]);
    let transfers = printed.table("together");
    assert_eq!(transfers.column("Asha"), ["1000", "500", "500", "500"]);
    assert_eq!(transfers.column("Bina"), ["200", "700", "700", "700"]);
    assert_eq!(transfers.column("together"), ["1200"; 4]);
    let ends: Vec<_> =
        transfers.column("end").iter().map(|end| end.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(ends, ["", "COMMIT", "ROLLBACK", "ROLLBACK"]);
}

#[test]
fn an_update_is_lost_by_read_then_write_and_by_nothing_else() {
    let printed = run("transactions", &[]);
    let races = printed.table("way");
    assert_eq!(races.column("balance"), ["20", "40", "40"]);
    assert_eq!(races.column("B waits for A"), ["no", "yes", "yes"]);
    assert_eq!(races.cell("SELECT … FOR UPDATE", "B reads"), "60");
}
