//! Each column of each catalog of the server is read, or there is a reason why not.

use std::collections::{BTreeMap, BTreeSet};

use super::read;
use crate::support::{Database, Rows, Server};

/// What is not read, and why. `*` stands for every column of the catalog.
const NOT_READ: &[(&str, &str, &str)] = &[
    // What other catalogs, or functions of the server that we ask, say as well.
    (
        "pg_amop",
        "oid amoplefttype amoprighttype amopmethod amoppurpose",
        "the operator and the family say it",
    ),
    ("pg_amproc", "oid", "nobody names it"),
    ("pg_attrdef", "oid", "nobody names it"),
    ("pg_attribute", "attlen attbyval attalign", "copied from the type"),
    ("pg_attribute", "attcacheoff", "always -1 where it is stored"),
    ("pg_attribute", "atthasdef", "pg_attrdef says it"),
    ("pg_attribute", "attndims", "the server does not enforce it, and pg_dump does not keep it"),
    ("pg_attribute", "atthasmissing attmissingval", "how rows that are older than the column are stored"),
    ("pg_class", "reltype", "the type of its rows, called the same"),
    (
        "pg_class",
        "relhasindex relnatts relchecks relhasrules relhastriggers relhassubclass",
        "counted from others",
    ),
    ("pg_class", "relisshared", "false for what users make"),
    (
        "pg_class",
        "relfilenode relpages reltuples relallvisible relallfrozen relrewrite relfrozenxid relminmxid",
        "storage",
    ),
    (
        "pg_constraint",
        "condeferrable condeferred confupdtype confdeltype confmatchtype conperiod conenforced",
        "pg_get_constraintdef",
    ),
    (
        "pg_constraint",
        "conpfeqop conppeqop conffeqop confdelsetcols conexclop conbin",
        "pg_get_constraintdef",
    ),
    ("pg_enum", "oid", "nobody names it"),
    ("pg_extension", "extowner", "no statement changes it, and pg_dump does not keep it"),
    ("pg_extension", "extrelocatable extconfig extcondition", "the extension's script says it"),
    ("pg_index", "indnatts indnullsnotdistinct indcollation indclass indoption", "pg_get_indexdef"),
    ("pg_index", "indisprimary indisexclusion indimmediate", "its constraint says it"),
    ("pg_index", "indcheckxmin indisready indislive", "steps on the way to indisvalid"),
    ("pg_language", "lanispl", "true for what users make"),
    ("pg_operator", "oprkind", "oprleft says it"),
    (
        "pg_partitioned_table",
        "partstrat partnatts partattrs partclass partcollation partexprs",
        "pg_get_partkeydef",
    ),
    ("pg_partitioned_table", "partrelid", "pg_class.relkind says it"),
    ("pg_partitioned_table", "partdefid", "the partition says it: its bound is DEFAULT"),
    (
        "pg_proc",
        "provariadic pronargs pronargdefaults proallargtypes proargmodes proargnames proargdefaults",
        "pg_get_function_arguments",
    ),
    ("pg_proc", "proretset prorettype", "pg_get_function_result"),
    ("pg_proc", "prosqlbody", "pg_get_function_sqlbody"),
    ("pg_rewrite", "ev_type is_instead ev_qual ev_action", "pg_get_ruledef and pg_get_viewdef"),
    ("pg_statistic_ext", "stxkeys stxkind stxexprs", "pg_get_statisticsobjdef"),
    (
        "pg_trigger",
        "tgfoid tgtype tgconstrrelid tgdeferrable tginitdeferred tgnargs tgattr tgargs tgqual tgoldtable tgnewtable",
        "pg_get_triggerdef",
    ),
    ("pg_trigger", "tgconstrindid", "the constraint says it"),
    ("pg_type", "typndims", "the server does not enforce it"),
    // What is not the schema.
    ("pg_collation", "collversion", "which library the server has found"),
    (
        "pg_database",
        "encoding datlocprovider datcollate datctype daticulocale datlocale daticurules",
        "chosen once, when it is made",
    ),
    ("pg_database", "dattablespace", "where its files are"),
    ("pg_database", "datcollversion", "which library the server has found"),
    ("pg_database", "dathasloginevt", "whether there is such an event trigger"),
    ("pg_database", "datlastsysoid datfrozenxid datminmxid", "storage"),
    ("pg_largeobject", "*", "data"),
    ("pg_statistic", "*", "statistics of the data"),
    ("pg_statistic_ext_data", "*", "statistics of the data"),
    ("pg_subscription", "subskiplsn", "what the next transaction is to skip, and then no more"),
    ("pg_subscription", "subconninfo", "only superusers may read it, and it may hold a password"),
    ("pg_subscription_rel", "*", "how far the copying of the data has come"),
    ("pg_shdepend", "*", "owners and privileges say it"),
    // What belongs to the cluster and to no database.
    ("pg_authid", "*", "roles"),
    ("pg_auth_members", "*", "roles"),
    ("pg_parameter_acl", "*", "settings of the cluster"),
    ("pg_replication_origin", "*", "how far replication has come"),
    ("pg_tablespace", "spcowner spcacl spcoptions", "tablespaces"),
];

/// The same in older servers, where NOT NULL is no constraint.
const NOT_READ_BEFORE_18: (&str, &str, &str) =
    ("pg_constraint", "convalidated connoinherit", "pg_get_constraintdef");

#[test]
fn every_column_of_the_servers_catalogs_is_read_or_has_a_reason() {
    // The log of a server of its own has no other catalog's reading in it.
    let server = Server::own();
    let database = Database::on(&server);
    let read = columns_that_are_read(&server, &database);
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let before_18 = (server.major() < 18).then_some(&NOT_READ_BEFORE_18);
    for (catalog, columns, _) in NOT_READ.iter().chain(before_18) {
        reasons.entry(*catalog).or_default().extend(columns.split(' '));
    }
    let mut wrong = Vec::new();
    for row in database.sql(
        "SELECT relname, attname FROM pg_class c JOIN pg_attribute ON attrelid = c.oid
         WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND attnum > 0 ORDER BY 1, attnum",
    ) {
        let [Some(catalog), Some(column)] = row.as_slice() else { panic!("{row:?}") };
        let listed = reasons.get(catalog.as_str()).is_some_and(|columns| columns.contains(&column.as_str()));
        let is_all_listed = reasons.get(catalog.as_str()).is_some_and(|columns| columns.contains(&"*"));
        match (read.contains(&(catalog.clone(), column.clone())), listed || is_all_listed) {
            (false, false) => wrong.push(format!("{catalog}.{column} is not read")),
            (true, true) if listed => wrong.push(format!("{catalog}.{column} is read all the same")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The columns that the queries name which the server gets when a catalog is read. A view of each query is made; the server
/// keeps which columns a view needs the right to read, for each table, as a set of numbers. They begin at -7, the first
/// column of the system (`FirstLowInvalidHeapAttributeNumber`, in the server's source).
fn columns_that_are_read(server: &Server, database: &Database) -> BTreeSet<(String, String)> {
    for (number, query) in queries(server, database).iter().enumerate() {
        database.sql(&format!("SET search_path = pg_catalog; CREATE VIEW public.query_{number} AS {query}"));
    }
    let trees = database.sql(
        "SELECT ev_action FROM pg_rewrite JOIN pg_class c ON c.oid = ev_class
         WHERE relname LIKE 'query%' OR relname = 'pg_user_mappings'",
    );
    let names = names_of_columns(
        &database.sql("SELECT attrelid, attnum, attrelid::regclass, attname FROM pg_attribute"),
    );
    let mut read = BTreeSet::new();
    for tree in trees.iter().filter_map(|row| row[0].as_deref()) {
        for table in tree.split(":relid ").skip(1) {
            let (relation, rest) = table.split_once(' ').unwrap();
            let Some((_, columns)) = rest.split_once(":selectedCols (b") else { continue };
            let columns = columns.split_once(')').unwrap().0;
            for column in columns.split_whitespace() {
                let number = column.parse::<i32>().unwrap() - 7;
                read.extend(names.get(&(relation.parse().unwrap(), number)).cloned());
            }
        }
    }
    assert!(read.len() > 200, "{read:?}");
    read
}

fn names_of_columns(rows: &Rows) -> BTreeMap<(u32, i32), (String, String)> {
    let text = |value: &Option<String>| value.clone().unwrap();
    let names = rows.iter().map(|row| {
        let [relation, number, table, column] = row.as_slice() else { panic!("{row:?}") };
        ((text(relation).parse().unwrap(), text(number).parse().unwrap()), (text(table), text(column)))
    });
    names.collect()
}

/// The queries that the server gets when a catalog is read, from its log.
fn queries(server: &Server, database: &Database) -> Vec<String> {
    let set = |value: &str| {
        database.sql(&format!("ALTER DATABASE {} SET log_statement = '{value}'", database.name()))
    };
    set("all");
    read(database);
    set("none");
    let log = server.log();
    let (_, message) = log.split_once("statement: BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;").unwrap();
    // A tab stands before each further line of an entry.
    let lines: Vec<&str> = message.split('\n').collect();
    let further = lines.iter().skip(1).take_while(|line| line.starts_with('\t'));
    let message =
        lines.iter().take(1).chain(further).map(|line| line.trim_start_matches('\t')).collect::<Vec<_>>();
    let queries = message.join("\n");
    let queries = queries.split(';').map(str::trim).filter(|query| !query.is_empty() && *query != "COMMIT");
    let reads = |query: &&str| !query.starts_with("SET ") && !query.contains("set_config(");
    queries.filter(reads).map(str::to_owned).collect()
}
