//! Each down half is the exact reverse of its up half: the catalog shows it, not a count of tables.

use super::{migrated, pmdb, rows};
use crate::support::Database;

/// Everything in the schema `public` that is not part of the history table, as text and without object ids.
fn catalog(db: &Database) -> String {
    rows(
        db,
        "SELECT line FROM (
             SELECT concat_ws(' ', 'relation', relname, relkind, relacl, reloptions) AS line
             FROM pg_class WHERE relnamespace = 'public'::regnamespace
             UNION ALL
             SELECT concat_ws(' ', 'column', relname, attnum, attname, format_type(atttypid, atttypmod),
                              attnotnull, pg_get_expr(adbin, adrelid))
             FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
             LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
             WHERE relnamespace = 'public'::regnamespace
             UNION ALL
             SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid))
             FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
             WHERE relnamespace = 'public'::regnamespace
             UNION ALL
             SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
             FROM pg_constraint WHERE connamespace = 'public'::regnamespace
             UNION ALL
             SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
             UNION ALL
             SELECT concat_ws(' ', 'function', pg_get_functiondef(oid))
             FROM pg_proc WHERE pronamespace = 'public'::regnamespace
             UNION ALL
             SELECT concat_ws(' ', 'type', typname, typtype) FROM pg_type
             WHERE typnamespace = 'public'::regnamespace
             UNION ALL
             SELECT concat_ws(' ', 'label', typname, enumsortorder, enumlabel)
             FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid
             UNION ALL
             SELECT concat_ws(' ', 'schema', nspname, nspacl) FROM pg_namespace WHERE nspname !~ '^pg_'
             UNION ALL
             SELECT concat_ws(' ', 'extension', extname) FROM pg_extension
         ) AS catalog
         WHERE line NOT LIKE '%schema_migrations%'
         ORDER BY line COLLATE \"C\"",
    )
}

#[test]
fn down_all_leaves_nothing_but_the_empty_history_table() {
    let db = Database::new();
    let before = catalog(&db);
    pmdb(&db, &["up", "--bundled"]).success();
    assert!(catalog(&db).contains("relation tasks r"), "the catalog query sees no tables");

    pmdb(&db, &["down", "--all", "--bundled"]).success();

    assert_eq!(catalog(&db), before);
    assert_eq!(rows(&db, "SELECT count(*) FROM schema_migrations"), "0");
}

#[test]
fn each_down_half_restores_the_schema_that_its_up_half_found() {
    let db = Database::new();
    let mut before_each = Vec::new();
    for _ in 0..8 {
        before_each.push(catalog(&db));
        pmdb(&db, &["up", "--steps", "1", "--bundled"]).success();
    }
    let mut later = catalog(&db);

    for before in before_each.iter().rev() {
        assert_ne!(before, &later, "an up half that changes nothing proves nothing");
        pmdb(&db, &["down", "--bundled"]).success();
        assert_eq!(&catalog(&db), before);
        later = before.clone();
    }
}

#[test]
fn up_down_and_up_again_make_the_same_schema() {
    let db = migrated();
    let first = catalog(&db);
    pmdb(&db, &["down", "--all", "--bundled"]).success();
    pmdb(&db, &["up", "--bundled"]).success();
    assert_eq!(catalog(&db), first);
}
