//! The rules, and what each says.
//!
//! A new one is a variant of [`Rule`], its [`RuleText`] in a file of `rule/`, and a query in `postgres/advise/`, which
//! `query` there includes. The compiler names each place, and the tests run the example that each rule has.

use std::fmt;

use serde::{Serialize, Serializer};

mod citus;
mod indexes;
mod statistics;
mod tables;
mod types;

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "`Rule::about` says what each one is, for the documentation as well")]
pub enum Rule {
    ForeignKeyWithoutIndex,
    DuplicateIndex,
    RedundantIndex,
    UnusedIndex,
    SequentialScans,
    KeyNearItsEnd,
    NoPrimaryKey,
    NullableColumns,
    UpdatedAtWithoutTrigger,
    PublicationWithHistory,
    MixedCaseName,
    CharColumn,
    VarcharLimit,
    TimestampWithoutTimeZone,
    JsonColumn,
    MoneyColumn,
    FloatPrice,
    KeyWithoutDistributionColumn,
    ForeignKeyToDistributedTable,
    NotCoLocated,
}

/// What a rule says of itself: its title, its text, its examples.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RuleText {
    /// How the command line, the documentation and JSON call it.
    #[serde(rename = "rule")]
    pub id: &'static str,
    /// What it finds, in a few words.
    pub title: &'static str,
    /// Why that is a matter, what counts and what does not: Markdown, a few sentences.
    pub text: &'static str,
    /// The numbers that decide.
    pub thresholds: &'static [Threshold],
    /// SQL for an empty schema, after which the rule has exactly one finding, and no other rule has any.
    pub breaks: &'static str,
    /// The same without the mistake: no rule has a finding.
    pub corrected: &'static str,
}

/// A number that decides whether something is a finding.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Threshold {
    /// How the SQL of the rule calls it; there, a colon stands before it.
    pub name: &'static str,
    /// The number.
    pub value: u32,
    /// What has to be so for a finding, with `{}` for the number.
    pub meaning: &'static str,
}

impl Threshold {
    /// What has to be so for a finding, with the number.
    pub fn condition(&self) -> String {
        self.meaning.replace("{}", &self.value.to_string())
    }
}

impl Rule {
    /// All of them, in the order in which findings are shown.
    pub const ALL: [Rule; 20] = [
        Rule::ForeignKeyWithoutIndex,
        Rule::DuplicateIndex,
        Rule::RedundantIndex,
        Rule::UnusedIndex,
        Rule::SequentialScans,
        Rule::KeyNearItsEnd,
        Rule::NoPrimaryKey,
        Rule::NullableColumns,
        Rule::UpdatedAtWithoutTrigger,
        Rule::PublicationWithHistory,
        Rule::MixedCaseName,
        Rule::CharColumn,
        Rule::VarcharLimit,
        Rule::TimestampWithoutTimeZone,
        Rule::JsonColumn,
        Rule::MoneyColumn,
        Rule::FloatPrice,
        Rule::KeyWithoutDistributionColumn,
        Rule::ForeignKeyToDistributedTable,
        Rule::NotCoLocated,
    ];

    /// What the rule says of itself.
    pub fn about(self) -> &'static RuleText {
        match self {
            Rule::ForeignKeyWithoutIndex => &indexes::FOREIGN_KEY_WITHOUT_INDEX,
            Rule::DuplicateIndex => &indexes::DUPLICATE_INDEX,
            Rule::RedundantIndex => &indexes::REDUNDANT_INDEX,
            Rule::UnusedIndex => &statistics::UNUSED_INDEX,
            Rule::SequentialScans => &statistics::SEQUENTIAL_SCANS,
            Rule::KeyNearItsEnd => &statistics::KEY_NEAR_ITS_END,
            Rule::NoPrimaryKey => &tables::NO_PRIMARY_KEY,
            Rule::NullableColumns => &tables::NULLABLE_COLUMNS,
            Rule::UpdatedAtWithoutTrigger => &tables::UPDATED_AT_WITHOUT_TRIGGER,
            Rule::MixedCaseName => &tables::MIXED_CASE_NAME,
            Rule::PublicationWithHistory => &tables::PUBLICATION_WITH_HISTORY,
            Rule::CharColumn => &types::CHAR_COLUMN,
            Rule::VarcharLimit => &types::VARCHAR_LIMIT,
            Rule::TimestampWithoutTimeZone => &types::TIMESTAMP_WITHOUT_TIME_ZONE,
            Rule::JsonColumn => &types::JSON_COLUMN,
            Rule::MoneyColumn => &types::MONEY_COLUMN,
            Rule::FloatPrice => &types::FLOAT_PRICE,
            Rule::KeyWithoutDistributionColumn => &citus::KEY_WITHOUT_DISTRIBUTION_COLUMN,
            Rule::ForeignKeyToDistributedTable => &citus::FOREIGN_KEY_TO_DISTRIBUTED_TABLE,
            Rule::NotCoLocated => &citus::NOT_CO_LOCATED,
        }
    }

    /// Whether it is about what only Citus does. Elsewhere it is not looked for.
    pub fn is_of_citus(self) -> bool {
        matches!(
            self,
            Rule::KeyWithoutDistributionColumn | Rule::ForeignKeyToDistributedTable | Rule::NotCoLocated
        )
    }

    /// Its name, as in `json-column`.
    pub fn id(self) -> &'static str {
        self.about().id
    }

    /// The rule of that name.
    pub fn by_id(id: &str) -> Option<Rule> {
        Rule::ALL.into_iter().find(|rule| rule.id() == id)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

#[cfg(test)]
serialized_as_text!(Rule);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_is_found_by_its_own_id() {
        for rule in Rule::ALL {
            assert_eq!(Rule::by_id(rule.id()), Some(rule));
        }
        assert_eq!(Rule::by_id("JSON-COLUMN"), None);
    }

    #[test]
    fn the_list_is_in_the_order_of_the_rules() {
        assert!(Rule::ALL.is_sorted());
    }
}
