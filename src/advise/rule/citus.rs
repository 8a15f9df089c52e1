//! Rules about tables that Citus spreads over several servers. They are looked for where the extension is.

use super::RuleText;

pub(super) const KEY_WITHOUT_DISTRIBUTION_COLUMN: RuleText = RuleText {
    id: "key-without-distribution-column",
    title: "on Citus: a key of a distributed table without its distribution column",
    text: "\
Each shard keeps a key for its own rows. Without the distribution column in it, the same value may stand in two shards, and \
nothing complains. Citus makes such a key only where `citus.allow_unsafe_constraints` is on, or the table is one for appending.

A key on an expression of the distribution column does not count. Of a table on one server that has a key like that, \
`create_distributed_table` says so.",
    thresholds: &[],
    breaks: "\
CREATE TABLE visits (project_id bigint NOT NULL, id bigint NOT NULL);
SELECT create_distributed_table('visits', 'project_id');
SET citus.allow_unsafe_constraints = on;
ALTER TABLE visits ADD PRIMARY KEY (id);",
    corrected: "\
CREATE TABLE visits (project_id bigint, id bigint, PRIMARY KEY (project_id, id));
SELECT create_distributed_table('visits', 'project_id');",
};

pub(super) const FOREIGN_KEY_TO_DISTRIBUTED_TABLE: RuleText = RuleText {
    id: "foreign-key-to-distributed-table",
    title: "on Citus: a foreign key from a table on one server to a distributed one",
    text: "\
Citus takes it without a word, and it is half a key: a row that is written is checked, but a row that another one refers to \
can be deleted, since the servers where it lies do not know the key. `ON DELETE CASCADE` does nothing.

Both tables have to be distributed by the columns of the key, or the one that is referred to has to be a reference table.",
    thresholds: &[],
    breaks: "\
CREATE TABLE accounts (id bigint PRIMARY KEY);
SELECT create_distributed_table('accounts', 'id');
CREATE TABLE invoices (account bigint PRIMARY KEY REFERENCES accounts);",
    corrected: "\
CREATE TABLE accounts (id bigint PRIMARY KEY);
SELECT create_reference_table('accounts');
CREATE TABLE invoices (account bigint PRIMARY KEY REFERENCES accounts);",
};

pub(super) const NOT_CO_LOCATED: RuleText = RuleText {
    id: "not-co-located",
    title: "on Citus: a table that is not kept where those with its column are",
    text: "\
Tables that are distributed by the same column are meant to be joined by it. Where they are not kept together (another \
number of shards, another type, `colocate_with => 'none'`), a join moves rows between the servers, or is refused, and no \
foreign key can be between them: `alter_distributed_table` drops those that are there. The same goes for a table that has the \
column and is not distributed at all; the keys that would be in the way of that are named.

Columns count by their name. One that is the whole key of its table, such as `id`, does not.",
    thresholds: &[],
    breaks: "\
CREATE TABLE boards (team_id bigint, id bigint, PRIMARY KEY (team_id, id));
CREATE TABLE cards (team_id bigint, id bigint, PRIMARY KEY (team_id, id));
SELECT create_distributed_table('boards', 'team_id');
SELECT create_distributed_table('cards', 'team_id', colocate_with => 'none');",
    corrected: "\
CREATE TABLE boards (team_id bigint, id bigint, PRIMARY KEY (team_id, id));
CREATE TABLE cards (team_id bigint, id bigint, PRIMARY KEY (team_id, id));
SELECT create_distributed_table('boards', 'team_id');
SELECT create_distributed_table('cards', 'team_id', colocate_with => 'boards');",
};
