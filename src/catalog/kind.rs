//! What sorts of object there are.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $word:literal,)*) => {
        /// What sort of object it is. The order is the one in which catalogs and differences are listed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Kind] = &[$(Kind::$kind),*];

            /// As people call it.
            pub fn word(self) -> &'static str {
                match self {
                    $(Kind::$kind => $word,)*
                }
            }
        }
    };
}

kinds! {
    /// A role of the server.
    Role "role",
    /// A tablespace.
    Tablespace "tablespace",
    /// A parameter of the server's configuration.
    Parameter "parameter",
    /// The database as a whole.
    Database "database",
    /// What `ALTER DATABASE … SET` or `ALTER ROLE … IN DATABASE … SET` has set for this database.
    Setting "setting",
    /// A schema.
    Schema "schema",
    /// An extension. What belongs to it is not listed.
    Extension "extension",
    /// A procedural language.
    Language "language",
    /// A collation.
    Collation "collation",
    /// A conversion between encodings.
    Conversion "conversion",
    /// An enum type.
    Enum "enum",
    /// A domain.
    Domain "domain",
    /// A composite type. Its attributes are [`Kind::Column`]s.
    CompositeType "composite type",
    /// A range type, with its multirange.
    Range "range",
    /// A type that C functions make, or the shell of one.
    BaseType "base type",
    /// A sequence.
    Sequence "sequence",
    /// A table, partitioned or not.
    Table "table",
    /// A foreign table.
    ForeignTable "foreign table",
    /// A column of a table, view, composite type, …
    Column "column",
    /// A constraint of a table or a domain.
    Constraint "constraint",
    /// An index, also one that belongs to a constraint.
    Index "index",
    /// Extended statistics.
    Statistics "statistics",
    /// A view.
    View "view",
    /// A materialized view.
    MaterializedView "materialized view",
    /// A rule.
    Rule "rule",
    /// A function, also a window function.
    Function "function",
    /// A procedure.
    Procedure "procedure",
    /// An aggregate function.
    Aggregate "aggregate",
    /// A trigger, also a constraint trigger.
    Trigger "trigger",
    /// An event trigger.
    EventTrigger "event trigger",
    /// A policy of row security.
    Policy "policy",
    /// An operator.
    Operator "operator",
    /// An operator class.
    OperatorClass "operator class",
    /// An operator family.
    OperatorFamily "operator family",
    /// A cast.
    Cast "cast",
    /// A transform.
    Transform "transform",
    /// An access method of tables or indexes.
    AccessMethod "access method",
    /// A text search parser.
    TextSearchParser "text search parser",
    /// A text search template.
    TextSearchTemplate "text search template",
    /// A text search dictionary.
    TextSearchDictionary "text search dictionary",
    /// A text search configuration.
    TextSearchConfiguration "text search configuration",
    /// A foreign data wrapper.
    ForeignDataWrapper "foreign data wrapper",
    /// A foreign server.
    ForeignServer "server",
    /// A user mapping of a foreign server.
    UserMapping "user mapping",
    /// A publication.
    Publication "publication",
    /// A table of a publication.
    PublicationTable "publication of table",
    /// A schema of a publication.
    PublicationSchema "publication of schema",
    /// A subscription.
    Subscription "subscription",
    /// What is granted on objects that are yet to be made.
    DefaultPrivileges "default privileges",
    /// A large object, by its number. What it holds is not read.
    LargeObject "large object",
    /// What initdb has made, where its privileges or its comment are no longer those that it gave:
    /// `function pg_catalog.pg_sleep(double precision)`.
    BuiltIn "built-in",
}

impl Kind {
    /// The kind that is called so.
    pub fn from_word(word: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.word() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

#[cfg(test)]
serialized_as_text!(Kind);
