//! The rules, what each says, and how each finds what it warns of.
//!
//! A new one is a variant of [`PlanRule`] and its [`PlanRuleText`] in a file of `rule/`, which also has the function that looks for it. The
//! tests run the example of each rule on a server.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::ignore::UnknownWhat;

mod answers;
mod by_hand_refusals;
mod calls;
mod checks;
mod columns;
mod dependents;
mod domains;
mod enum_values;
pub(super) mod findings;
mod indexes;
mod keys;
mod left_behind;
mod locks;
mod not_null;
mod partitions;
mod pending_triggers;
mod privileges;
mod publications;
mod read_only_columns;
mod removals;
mod rewrites;
mod rights;
mod row_security;
mod rows;
mod sequence_starts;
mod sequences;
mod taken_along;
mod taken_names;
mod trial;
mod types;
mod unique_keys;

pub(super) use domains::is_checked as is_checked_domain;
pub(super) use not_null::{files as not_null_files, is_named as has_named_not_null, name as not_null_name};
pub(super) use removals::is_new_name;

/// What kind of harm something does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The file fails on the target.
    Fails,
    /// Others wait.
    Blocks,
    /// What runs against the schema of today fails against the new one.
    Breaks,
    /// Data are gone afterwards.
    Loses,
    /// It goes well, and costs more than it has to.
    Careless,
}

/// What a rule says of itself: its title, its text, its examples.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlanRuleText {
    /// How the command line, the documentation and JSON call it.
    #[serde(rename = "rule")]
    pub id: &'static str,
    /// What kind of harm it warns of.
    pub class: Class,
    /// What it finds, in a few words.
    pub title: &'static str,
    /// Why that is a matter, what counts and what does not: Markdown, a few sentences.
    pub text: &'static str,
    /// SQL for an empty schema: what the target has. Its INSERTs are rows that only the target has, and a line `-- by hand:` is
    /// SQL that no migration has run.
    pub given: &'static str,
    /// A migration for it, in which the rule has exactly one finding.
    pub breaks: &'static str,
    /// Migrations to the same end in which no rule has a finding; a line `-- migrate:up` begins each. Empty where there is no
    /// such way.
    pub safe: &'static str,
}

macro_rules! rules {
    ($($rule:ident => $about:path,)*) => {
        /// A rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "`PlanRule::about` says what each one is, for the documentation as well")]
        pub enum PlanRule {
            $($rule,)*
        }

        impl PlanRule {
            /// All of them, in the order in which findings of one statement are shown.
            pub const ALL: &[PlanRule] = &[$(PlanRule::$rule),*];

            /// What the rule says of itself.
            pub fn about(self) -> &'static PlanRuleText {
                match self {
                    $(PlanRule::$rule => &$about,)*
                }
            }
        }
    };
}

rules! {
    FailsInTrial => trial::FAILS_IN_TRIAL,
    TrialNeedsRows => trial::TRIAL_NEEDS_ROWS,
    NullValues => answers::NULL_VALUES,
    DuplicateValues => answers::DUPLICATE_VALUES,
    OrphanedKeys => answers::ORPHANED_KEYS,
    RowsBreakCheck => answers::ROWS_BREAK_CHECK,
    ConflictingRows => answers::CONFLICTING_ROWS,
    MisplacedRows => answers::MISPLACED_ROWS,
    ValuesDoNotFit => answers::VALUES_DO_NOT_FIT,
    SequenceOutOfRange => answers::SEQUENCE_OUT_OF_RANGE,
    LostValues => answers::LOST_VALUES,
    TakenName => taken_names::TAKEN_NAME,
    OverlappingPartition => partitions::OVERLAPPING_PARTITION,
    PendingTriggerEvents => pending_triggers::PENDING_TRIGGER_EVENTS,
    MissingRights => rights::MISSING_RIGHTS,
    InvalidIndex => unique_keys::INVALID_INDEX,
    NoReplicaIdentity => publications::NO_REPLICA_IDENTITY,
    UnknownDependents => dependents::UNKNOWN_DEPENDENTS,
    RefusedByHandMade => by_hand_refusals::REFUSED_BY_HAND_MADE,
    IndexNotConcurrently => indexes::INDEX_NOT_CONCURRENTLY,
    ReindexNotConcurrently => indexes::REINDEX_NOT_CONCURRENTLY,
    IndexOnPartitionedTable => indexes::INDEX_ON_PARTITIONED_TABLE,
    KeyBuildsIndex => keys::KEY_BUILDS_INDEX,
    ExclusionBuildsIndex => keys::EXCLUSION_BUILDS_INDEX,
    ForeignKeyCheckedAtOnce => keys::FOREIGN_KEY_CHECKED_AT_ONCE,
    CheckCheckedAtOnce => checks::CHECK_CHECKED_AT_ONCE,
    DomainCheckedAtOnce => checks::DOMAIN_CHECKED_AT_ONCE,
    NotNullCheckedAtOnce => not_null::NOT_NULL_CHECKED_AT_ONCE,
    TypeChangeRewrites => types::TYPE_CHANGE_REWRITES,
    VolatileDefault => columns::VOLATILE_DEFAULT,
    StoredColumn => columns::STORED_COLUMN,
    TableRewritten => rewrites::TABLE_REWRITTEN,
    RefreshNotConcurrently => rewrites::REFRESH_NOT_CONCURRENTLY,
    AttachScans => partitions::ATTACH_SCANS,
    DropIndexNotConcurrently => indexes::DROP_INDEX_NOT_CONCURRENTLY,
    DetachNotConcurrently => partitions::DETACH_NOT_CONCURRENTLY,
    WorkUnderLock => locks::WORK_UNDER_LOCK,
    LockHeldDuringWork => locks::LOCK_HELD_DURING_WORK,
    LockQueue => locks::LOCK_QUEUE,
    RowsChangedAtOnce => rows::ROWS_CHANGED_AT_ONCE,
    RowsInsertedAtOnce => rows::ROWS_INSERTED_AT_ONCE,
    RowsTakenAlong => taken_along::ROWS_TAKEN_ALONG,
    NewColumnWithoutDefault => columns::NEW_COLUMN_WITHOUT_DEFAULT,
    DefaultDropped => columns::DEFAULT_DROPPED,
    ReadOnlyColumn => read_only_columns::READ_ONLY_COLUMN,
    DroppedColumn => removals::DROPPED_COLUMN,
    DroppedTable => removals::DROPPED_TABLE,
    DroppedObject => removals::DROPPED_OBJECT,
    AmbiguousCall => calls::AMBIGUOUS_CALL,
    ChangedFunction => calls::CHANGED_FUNCTION,
    DroppedByCascade => dependents::DROPPED_BY_CASCADE,
    DroppedUniqueKey => unique_keys::DROPPED_UNIQUE_KEY,
    PrivilegesLost => privileges::PRIVILEGES_LOST,
    LeftBehind => left_behind::LEFT_BEHIND,
    RenamedColumn => removals::RENAMED_COLUMN,
    RenamedTable => removals::RENAMED_TABLE,
    RenamedValue => enum_values::RENAMED_VALUE,
    RowSecurityWithoutPolicy => row_security::ROW_SECURITY_WITHOUT_POLICY,
    DetachedPartition => partitions::DETACHED_PARTITION,
    ReplicaIdentityLost => publications::REPLICA_IDENTITY_LOST,
    NarrowerType => types::NARROWER_TYPE,
    SequenceStaysNarrow => sequences::SEQUENCE_STAYS_NARROW,
    SequenceStartsAnew => sequence_starts::SEQUENCE_STARTS_ANEW,
    StatisticsLost => types::STATISTICS_LOST,
    Truncated => rows::TRUNCATED,
}

impl PlanRule {
    /// Its name, as in `lock-queue`.
    pub fn id(self) -> &'static str {
        self.about().id
    }

    /// The rule of that name.
    pub fn by_id(id: &str) -> Option<PlanRule> {
        PlanRule::ALL.iter().copied().find(|rule| rule.id() == id)
    }
}

impl fmt::Display for PlanRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for PlanRule {
    type Err = UnknownWhat;

    fn from_str(name: &str) -> Result<PlanRule, UnknownWhat> {
        PlanRule::by_id(name).ok_or_else(|| UnknownWhat {
            message: format!(
                "no rule is called {name:?}; the rules are {}",
                PlanRule::ALL.iter().map(|rule| rule.id()).collect::<Vec<_>>().join(", ")
            ),
            form: "RULE or RULE:OBJECT",
        })
    }
}

impl Serialize for PlanRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Class::Fails => "fails",
            Class::Blocks => "blocks",
            Class::Breaks => "breaks",
            Class::Loses => "loses",
            Class::Careless => "careless",
        })
    }
}

#[cfg(test)]
serialized_as_text!(PlanRule);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_is_found_by_its_own_id() {
        for rule in PlanRule::ALL.iter().copied() {
            assert_eq!(PlanRule::by_id(rule.id()), Some(rule));
            assert_eq!(rule.id().parse::<PlanRule>(), Ok(rule));
        }
        assert!("LOCK-QUEUE".parse::<PlanRule>().is_err());
    }
}
