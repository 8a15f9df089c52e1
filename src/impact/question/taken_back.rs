//! A question comes up at one stage of a half, and the target is asked before the first stage of all: it is taken back through each
//! in between, by what that one makes of names, columns and rows.

use std::collections::BTreeSet;

use super::new_values::ValueAfter;
use super::{
    About, ChangedBefore, Consequence, Making, NewValue, ParentRows, Question, RowQuestion, deleted, place,
    table,
};
use crate::impact::code::has_branches;
use crate::impact::identifiers::{has_column, with_columns};
use crate::impact::names::{begins, in_quotes, mentions, says};
use crate::impact::unseen::{may_change_others, runs_code_for_rows, written};
use crate::impact::{FileTrace, RowWork, StatementTrace};
use crate::migration::Location;

impl Making<'_> {
    /// By the names of the target. `None` where no row can be in the way, or only the file itself can tell.
    pub(super) fn question(
        &self,
        (table, about, consequence): RowQuestion,
        earlier: &[Making<'_>],
    ) -> Option<Question> {
        let own_rows = self.is_of_own_rows(&table, &about);
        let made_by = self.is_of_new_type(&about).then(|| self.half.version.clone());
        let (location, changed_before, new_values, may_come) = (None, None, Vec::new(), false);
        let mut question = Question {
            table,
            about,
            consequence,
            location,
            changed_before,
            new_values,
            own_rows,
            may_come,
            made_by,
        };
        let by_old_names = self.renamed.undone(question.clone());
        let statement = place::statement(self.own_statements(), [&question, &by_old_names]);
        let until = match statement.and_then(|place| Some((place, self.own_statements().get(place)?))) {
            Some((place, statement)) => {
                question.location = Some(statement.location);
                let is_about_parts = matches!(question.about, About::Misplaced { .. });
                question.own_rows |= !is_about_parts && is_about_one_table(&statement.text);
                let changes_rows = may_change_rows(statement);
                if changes_rows || has_branches(statement) {
                    let version = self.half.version.clone();
                    question.changed_before = Some(ChangedBefore { version, location: statement.location });
                }
                question.may_come =
                    changes_rows && consequence == Consequence::Fails && !begins(&statement.text, "SELECT");
                place
            }
            None => self.own_statements().len(),
        };
        let columns = self.columns_in(&question, question.about.expressions());
        let question = self.taken_back(question, &columns, until, self.half)?;
        earlier.iter().rev().try_fold(question, |question, stage| {
            let about = &question.about;
            let columns =
                stage.columns_in(&question, [about.expressions(), about.old_expressions()].concat());
            stage.taken_back(question, &columns, stage.own_statements().len(), self.half)
        })
    }

    pub(super) fn own_statements(&self) -> &[StatementTrace] {
        self.half.statements.get(self.stage.statements.clone()).unwrap_or_default()
    }

    /// The columns of the table in these expressions, and in what is known to stand for others.
    fn columns_in(&self, question: &Question, expressions: Vec<&str>) -> Vec<String> {
        let columns = self.object_after(&table(&question.table)).map(|table| table.list("columns"));
        let is_known = |column: &String| question.new_values.iter().any(|new| new.column == *column);
        let is_meant = |column: &String| {
            let name = in_quotes(column);
            expressions.iter().any(|expression| has_column(expression, &name)) && !is_known(column)
                || question.new_values.iter().any(|new| has_column(&new.value, &name))
        };
        columns.unwrap_or_default().into_iter().filter(is_meant).collect()
    }

    /// The same question before the stage: these columns matter, and the rows that its first statements change.
    fn taken_back(
        &self,
        mut question: Question,
        columns: &[String],
        until: usize,
        asking: &FileTrace,
    ) -> Option<Question> {
        if let Some(rows) = self.rows_of_new_parent(&question, asking)
            && let About::Orphans { parent_rows, .. } = &mut question.about
        {
            *parent_rows = rows;
        }
        if self.renamed.makes_table_of(&question) {
            question.made_by = Some(self.half.version.clone());
        }
        let is_made = question.made_by.is_some() || self.renamed.makes_column_of(&question);
        if is_made && question.consequence == Consequence::Loses {
            return None;
        }
        let by_old_names = self.renamed.undone(question.clone());
        let tables = self.changed_tables([&question, &by_old_names]);
        let run = self.own_statements().get(..until).unwrap_or_default();
        let deleted = self.deleted_parents(&question, run, &tables);
        let parents = deleted::table_of_parents(&question.about);
        let changes = |statement: &&StatementTrace| {
            let adds_parents = parents.as_ref().is_some_and(|table| deleted::may_add(statement, table));
            (tables.by(statement) || adds_parents)
                && !deleted.iter().any(|(place, _)| *place == statement.location)
        };
        let mut new_values = Vec::new();
        for column in columns {
            let value = match self.value(&question.table, column) {
                ValueAfter::AsBefore => continue,
                ValueAfter::None if passes_nulls(&question.about) => return None,
                ValueAfter::None => "NULL".to_owned(),
                ValueAfter::Expression(value) => value,
                ValueAfter::Unknown if is_met_by_any(&question.about) => return None,
                ValueAfter::Unknown => {
                    question.made_by = Some(self.half.version.clone());
                    continue;
                }
            };
            let made_at =
                run.iter().position(|statement| mentions(&statement.text, column)).unwrap_or_default();
            let later = run.get(made_at + 1..).unwrap_or_default();
            // What the column has been given, something else has changed since.
            if question.changed_before.is_some() || later.iter().any(|statement| changes(&statement)) {
                if self.half.version == asking.version {
                    return None;
                }
                question.made_by = Some(self.half.version.clone());
            }
            new_values.push(NewValue { column: column.clone(), value });
        }
        let by_code = || {
            let mut statements = run.iter();
            statements.find(|one| runs_code_for_rows(self.stage, one) || may_change_others(one, &tables.own))
        };
        question.may_come |=
            run.iter().filter(changes).any(|statement| tables.may_bring(statement, &question));
        let by_leaving = || run.iter().find(|statement| self.lets_rows_leave(statement, &question));
        if let Some(change) = run.iter().find(changes).or_else(by_code).or_else(by_leaving) {
            question.changed_before =
                Some(ChangedBefore { version: self.half.version.clone(), location: change.location });
        }
        if let About::Orphans { deleted: known, .. } = &mut question.about {
            known.extend(deleted.into_iter().map(|(_, condition)| condition));
        }
        with_new_values(&mut question, new_values);
        Some(self.renamed.undone(question))
    }

    /// Of a foreign key to a table that this stage makes, on one that the target has.
    fn rows_of_new_parent(&self, question: &Question, asking: &FileTrace) -> Option<ParentRows> {
        let About::Orphans { parent, parent_rows: ParentRows::OfTarget, .. } = &question.about else {
            return None;
        };
        let is_new = self.renamed.makes(parent) && !self.renamed.makes(&question.table);
        is_new.then_some(())?;
        let is_of_same_half = self.half.version == asking.version;
        let check = asking.statements.iter().position(|one| Some(one.location) == question.location);
        let before = check.and_then(|number| asking.statements.get(..number));
        let stays_empty = before.is_some_and(|before| !before.iter().any(deleted::may_fill));
        Some(if is_of_same_half && stays_empty { ParentRows::None } else { ParentRows::OfFile })
    }

    /// Whether a statement may take a child table or a partition, and its rows, away from the table in question.
    fn lets_rows_leave(&self, statement: &StatementTrace, question: &Question) -> bool {
        let text = &statement.text;
        let has_children = |table: &str| {
            let mut objects = self.stage.before.objects.values();
            objects.any(|object| object.list("inherits").iter().any(|whole| whole == table))
        };
        let takes_away = begins(text, "DROP TABLE")
            || begins(text, "ALTER TABLE") && (mentions(text, "DETACH") || says(text, "NO INHERIT"));
        takes_away && question.consequence == Consequence::Fails && has_children(&question.table)
    }

    /// The statements that do nothing but delete parents, each with a condition for them. By which names they say it is not known
    /// where the stage gives others.
    fn deleted_parents(
        &self,
        question: &Question,
        run: &[StatementTrace],
        tables: &place::Changed,
    ) -> Vec<(Location, String)> {
        let deletes = |statement: &StatementTrace| {
            let is_alone = !tables.has_action(statement) && !runs_code_for_rows(self.stage, statement);
            let condition = deleted::parents(statement, question).filter(|_| is_alone)?;
            Some((statement.location, condition))
        };
        if self.renamed.is_empty() { run.iter().filter_map(deletes).collect() } else { Vec::new() }
    }

    fn changed_tables(&self, questions: [&Question; 2]) -> place::Changed {
        let mut own = questions.map(Question::tables).concat();
        let by_action = self.changed_by_action(&own);
        let changed = self.own_statements().iter().flat_map(|one| &one.work);
        let changed = changed.filter(|work| matches!(work, RowWork::ChangedRows(_)));
        let changed: BTreeSet<String> = changed.map(|work| written(work.relation())).collect();
        let relatives = changed.into_iter().filter(|table| own.iter().any(|one| self.share_rows(one, table)));
        let relatives: Vec<String> = relatives.collect();
        own.extend(relatives);
        place::Changed { by_action, own }
    }

    /// Whether one of two tables is a partition or a child of the other, through however many in between.
    fn share_rows(&self, one: &str, other: &str) -> bool {
        let parents = |name: &str| {
            let table = [&self.stage.after, &self.stage.before]
                .into_iter()
                .find_map(|at| at.objects.get(&table(name)));
            table.map(|table| table.list("inherits")).unwrap_or_default()
        };
        let is_below = |child: &str, whole: &str| {
            let mut above = parents(child);
            while let Some(next) = above.pop() {
                if next == whole {
                    return true;
                }
                above.extend(parents(&next));
            }
            false
        };
        is_below(one, other) || is_below(other, one)
    }
}

/// What columns hold that stand for others, by what these hold.
fn with_new_values(question: &mut Question, new_values: Vec<NewValue>) {
    for known in &mut question.new_values {
        known.value = with_columns(&known.value, |name| {
            let new = new_values.iter().find(|new| new.column == name)?;
            Some(format!("({})", new.value))
        });
    }
    for new in new_values {
        if !question.new_values.iter().any(|known| known.column == new.column) {
            question.new_values.push(new);
        }
    }
}

/// Whether rows without a value are fine.
fn passes_nulls(about: &About) -> bool {
    match about {
        About::Duplicates { nulls_are_equal, .. } => !nulls_are_equal,
        About::Orphans { .. }
        | About::Conflicts { .. }
        | About::Uncastable { .. }
        | About::Rounded { .. } => true,
        _ => false,
    }
}

/// Whether a default that is another one for each row is meant to be right: `gen_random_uuid()` for a key.
fn is_met_by_any(about: &About) -> bool {
    matches!(about, About::Duplicates { .. } | About::Nulls { .. })
}

/// Whether it leaves out the children of a table.
fn is_about_one_table(text: &str) -> bool {
    ["ALTER TABLE ONLY", "ALTER TABLE IF EXISTS ONLY"].iter().any(|words| begins(text, words))
}

/// Whether it is code that may itself change the rows before they matter: what a function does is not to be seen.
fn may_change_rows(statement: &StatementTrace) -> bool {
    let begins = |word| begins(&statement.text, word);
    let changes = ["UPDATE", "DELETE", "MERGE", "TRUNCATE", "PERFORM", "CALL"];
    begins("CALL")
        || begins("SELECT")
        || begins("DO") && changes.iter().any(|word| mentions(&statement.text, word))
}
