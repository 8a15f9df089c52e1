//! What lives outside of databases: roles, settings, other databases. On a server of the user's, scratch work leaves it alone.
//!
//! Statements that change it are found before they run; what a DO block or a function does is not. So each half carries a
//! statement that compares all of it, in the half's own transaction, with how it was before: a change is rolled back.

use std::collections::BTreeMap;

use postgres_protocol::escape::escape_literal;

use super::PREFIX;
use crate::connect::Session;
use crate::postgres::guard::Guard;
use crate::postgres::rows::rows;
use crate::postgres::sql_error::SqlError;

/// What lives outside of databases, by name, as far as the role may see it. Only a hash says what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outside {
    query: String,
    found: BTreeMap<String, String>,
}

/// How much of it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Watch {
    /// All of it.
    Everything,
    /// Only subscriptions that would begin to work: those are on another server, whose data are not pmdb's.
    Subscriptions,
}

/// An enabled subscription begins to work, with a slot on the publisher, once it is committed.
const SUBSCRIPTIONS: &str = "SELECT pg_catalog.concat('subscription ', pg_catalog.quote_ident(s.subname), \
    ', which is enabled') AS name, 'enabled' AS hash FROM pg_catalog.pg_subscription s \
    JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) s.subdbid \
    WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND s.subenabled";

impl Outside {
    /// As it is now.
    pub async fn read(session: &Session, watch: Watch) -> Result<Outside, SqlError> {
        let rights = rows(session.client(), RIGHTS).await?;
        let may = |column: &str| rights.first().is_some_and(|row| row.get(column) == Some("t"));
        let query = match watch {
            Watch::Everything => {
                everything(session.server_version(), may("is_superuser"), may("reads_files"))
            }
            Watch::Subscriptions => SUBSCRIPTIONS.to_owned(),
        };
        let query = format!(
            "SELECT o.name, pg_catalog.string_agg(o.hash, ' ' ORDER BY o.hash) AS hash FROM ({query}) AS o GROUP BY o.name"
        );
        let found = rows(session.client(), &query).await?;
        let found = found.iter().filter_map(|row| Some((row.get(0)?.to_owned(), row.get(1)?.to_owned())));
        Ok(Outside { found: found.collect(), query })
    }

    /// The statement that fails when something has changed.
    pub fn guard(&self) -> Guard {
        let before = serde_json::to_string(&self.found).unwrap_or_default();
        Guard::new(&format!(
            "SELECT pg_catalog.string_agg(DISTINCT COALESCE(b.key, n.name), ', ') \
             FROM pg_catalog.jsonb_each_text({}::pg_catalog.jsonb) AS b \
             FULL JOIN ({}) AS n ON b.key OPERATOR(pg_catalog.=) n.name \
             WHERE COALESCE(b.value, '') OPERATOR(pg_catalog.<>) COALESCE(n.hash, '') \
             AND ((b.value IS NOT NULL AND n.hash IS NOT NULL) \
             OR NOT pg_catalog.starts_with(COALESCE(b.key, n.name), {}))",
            escape_literal(&before).trim_start(),
            self.query,
            // No transaction makes or drops a database: if one has come or gone, that was somebody else.
            escape_literal(DATABASE).trim_start()
        ))
    }
}

/// What the role may see of it.
const RIGHTS: &str = "SELECT r.rolsuper AS is_superuser, pg_catalog.has_function_privilege(\
    'pg_catalog.pg_show_all_file_settings()', 'EXECUTE') AS reads_files \
    FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) current_user";

fn everything(version: u32, is_superuser: bool, reads_files: bool) -> String {
    // Scratch databases come and go, with all that is theirs.
    let is_other =
        format!("(d.datname IS NULL OR d.datname OPERATOR(pg_catalog.!~) '^{PREFIX}[0-9a-f]{{16}}_')");
    let passwords = match is_superuser {
        true => ROLES.replace("pg_roles", "pg_authid"),
        // Nobody else may see a password; but a session that changes a role holds a lock until its transaction ends.
        false => format!("{ROLES} UNION ALL {CHANGED_ROLE}"),
    };
    let mut queries = vec![passwords, MEMBERSHIPS.to_owned(), TABLESPACES.to_owned(), ORIGINS.to_owned()];
    queries.extend(
        [SETTINGS, DATABASES, DATABASE_NAMES, COMMENTS, LABELS, SLOTS]
            .map(|query| format!("{query} {is_other}")),
    );
    queries.push(SUBSCRIPTIONS.to_owned());
    if version >= 15 {
        queries.push(PARAMETERS.to_owned());
    }
    if reads_files {
        queries.push(FILES.to_owned());
    }
    queries.join(" UNION ALL ")
}

const ROLES: &str = "SELECT pg_catalog.concat('role ', pg_catalog.quote_ident(r.rolname)) AS name, \
    pg_catalog.md5(pg_catalog.to_jsonb(r)::pg_catalog.text) AS hash FROM pg_catalog.pg_roles r";

/// 1260 is pg_authid.
const CHANGED_ROLE: &str = "SELECT 'the password or another attribute of a role', 'changed' \
    FROM pg_catalog.pg_locks l WHERE l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() \
    AND l.relation OPERATOR(pg_catalog.=) 1260::pg_catalog.oid AND l.mode OPERATOR(pg_catalog.=) 'RowExclusiveLock'";

const MEMBERSHIPS: &str = "SELECT pg_catalog.concat('membership of ', \
    pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(m.member)), ' in ', \
    pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(m.roleid))), \
    pg_catalog.md5(pg_catalog.to_jsonb(m)::pg_catalog.text) FROM pg_catalog.pg_auth_members m";

const TABLESPACES: &str = "SELECT pg_catalog.concat('tablespace ', pg_catalog.quote_ident(t.spcname)), \
    pg_catalog.md5(pg_catalog.to_jsonb(t)::pg_catalog.text) FROM pg_catalog.pg_tablespace t";

const ORIGINS: &str = "SELECT pg_catalog.concat('replication origin ', o.roname), 'there' \
    FROM pg_catalog.pg_replication_origin o";

const SETTINGS: &str = "SELECT pg_catalog.concat('settings', ' of role ' OPERATOR(pg_catalog.||) \
    CASE WHEN s.setrole OPERATOR(pg_catalog.<>) 0::pg_catalog.oid \
    THEN pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(s.setrole)) END, \
    ' in database ' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(d.datname)), \
    pg_catalog.md5(pg_catalog.to_jsonb(s)::pg_catalog.text) FROM pg_catalog.pg_db_role_setting s \
    LEFT JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) s.setdatabase WHERE";

/// What the names of databases begin with.
const DATABASE: &str = "database ";

/// By its number, so that another name is seen as that.
const DATABASE_NAMES: &str = "SELECT pg_catalog.concat('database number ', d.oid, ', its name'), \
    d.datname::pg_catalog.text FROM pg_catalog.pg_database d WHERE";

/// Vacuum moves the numbers of transactions.
const DATABASES: &str = "SELECT pg_catalog.concat('database ', pg_catalog.quote_ident(d.datname)), \
    pg_catalog.md5((pg_catalog.to_jsonb(d) OPERATOR(pg_catalog.-) 'datfrozenxid'::pg_catalog.text \
    OPERATOR(pg_catalog.-) 'datminmxid'::pg_catalog.text)::pg_catalog.text) FROM pg_catalog.pg_database d WHERE";

/// 1262 is pg_database.
const COMMENTS: &str = "SELECT pg_catalog.concat('comment on ', COALESCE('role ' OPERATOR(pg_catalog.||) r.rolname, \
    'database ' OPERATOR(pg_catalog.||) d.datname, 'a tablespace')), pg_catalog.md5(c.description) \
    FROM pg_catalog.pg_shdescription c \
    LEFT JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) c.objoid \
    AND c.classoid OPERATOR(pg_catalog.=) 1262::pg_catalog.oid \
    LEFT JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) c.objoid \
    AND c.classoid OPERATOR(pg_catalog.=) 1260::pg_catalog.oid WHERE";

const LABELS: &str = "SELECT pg_catalog.concat('security label of object ', l.objoid), \
    pg_catalog.md5(pg_catalog.to_jsonb(l)::pg_catalog.text) FROM pg_catalog.pg_shseclabel l \
    LEFT JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) l.objoid \
    AND l.classoid OPERATOR(pg_catalog.=) 1262::pg_catalog.oid WHERE";

const SLOTS: &str = "SELECT pg_catalog.concat('replication slot ', d.slot_name), 'there' FROM (\
    SELECT s.slot_name, s.database AS datname FROM pg_catalog.pg_replication_slots s WHERE NOT s.temporary) AS d WHERE";

const PARAMETERS: &str = "SELECT pg_catalog.concat('privileges on parameter ', p.parname), \
    pg_catalog.md5(pg_catalog.to_jsonb(p)::pg_catalog.text) FROM pg_catalog.pg_parameter_acl p";

const FILES: &str = "SELECT pg_catalog.concat('setting ', f.name, ' of the server'), \
    pg_catalog.md5(pg_catalog.concat(f.sourcefile, ' ', f.setting)) FROM pg_catalog.pg_file_settings f \
    WHERE f.name IS NOT NULL";
