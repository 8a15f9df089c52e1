//! What pending migrations will do to a database in use: the rules of `pmdb plan`, as data.
//!
//! Pure. It sets what the server did on a scratch database, statement by statement (a [`FileTrace`]), beside the sizes and
//! the traffic of the target ([`TargetStats`]), and makes findings of that. `postgres::trace` watches the scratch database,
//! `postgres::target_stats` reads the target.

mod allow;
mod blocking;
mod bounds;
mod by_hand;
mod calls;
mod citus;
mod code;
mod cost;
mod dependents;
mod families;
mod finding;
mod foreign_keys;
mod hand_made_data;
mod identifiers;
mod judge;
mod look;
mod names;
mod new_labels;
mod options;
mod partition_bound;
mod partitions_by_hand;
mod question;
mod rebuilt_by_hand;
mod recipe;
mod refreshed;
mod removal;
mod retyped;
mod rights;
mod rule;
mod sequence_settings;
mod sequence_values;
mod sizes_file;
mod stand_ins;
mod stats;
mod table_actions;
mod today;
mod trace;
mod unseen;
mod unseen_by_hand;
mod written_rows;

pub use allow::{Accepted, Allow, PlanIgnore, accept, allows};
pub use blocking::{Blocking, Blocks};
pub use citus::on_citus;
pub use cost::{bytes, magnitude};
pub use dependents::{Dependent, FoundDependent, dependents, taken_away};
pub use finding::{Blocked, Finding, Recipe, RecipeFile};
pub use hand_made_data::questions_of_hand_made;
pub(crate) use identifiers::with_columns;
pub use judge::judge;
pub use look::Case;
pub(crate) use names::{begins, mentions};
pub use new_labels::unusable_labels;
pub use options::Options;
pub use partitions_by_hand::questions_of_default_partitions;
pub use question::{
    About, ChangedBefore, ChangedRows, Consequence, NewValue, ParentRows, Question, RowAnswer, RowCount,
    questions,
};
pub use rebuilt_by_hand::{incomparable_keys, unseen_rebuilt};
pub use refreshed::questions_of_refreshes;
pub use rights::{MissingRight, NeededRight, Right, RightOn, needed_rights, rights_on_history};
pub use rule::{Class, PlanRule, PlanRuleText};
pub use sequence_values::questions_of_sequences;
pub use sizes_file::{from_json, to_json};
pub use stats::{Gap, OpenTransaction, RelationStats, Replica, TargetStats};
pub use trace::{
    Emptied, FileTrace, HalfStage, HeldLock, LockMode, NeedyBackfill, Relation, RelationKind, RowWork,
    StatementTrace, TargetName, TraceFailure,
};
pub use unseen::{uncertain, unseen};
pub use unseen_by_hand::{unseen_by_hand, unseen_children};
pub use written_rows::unmet;
