use std::path::Path;

use serde_json::{Value, json};
use thiserror::Error;

use super::{Reach, Reaching};
use crate::diagnosis::{Diagnose, Diagnosis, FileLocation};

/// Statements that reach out of the scratch database.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("these statements reach out of the scratch database:{}", .0.iter().map(line).collect::<String>())]
pub struct ReachingOut(pub Vec<Reaching>);

/// What to do where a scratch server is the user's.
pub(crate) const OUTSIDE_HINT: &str = "without --scratch-url pmdb uses a private server, where nobody is harmed; on a server on \
                                       which nothing else lives, --allow-shared lets it";

impl Diagnose for ReachingOut {
    fn diagnosis(&self) -> Diagnosis {
        let statements: Vec<Value> = self.0.iter().map(statement).collect();
        let hint = match self.0.iter().all(|one| matches!(one.reach, Reach::Server(_))) {
            true => OUTSIDE_HINT,
            false => "--allow-shared lets them, with all that they do there",
        };
        Diagnosis::of(self, "shared").without_database().detail("statements", &statements).hint(hint)
    }
}

fn line(Reaching { file, location, reach }: &Reaching) -> String {
    format!("\n  {file}:{location}: {}", reach.statement())
}

fn statement(Reaching { file, location, reach }: &Reaching) -> Value {
    let location = FileLocation::new(Path::new(file), Some(*location));
    json!({ "location": location, "statement": reach.statement() })
}

impl Reach {
    fn statement(self) -> &'static str {
        let (Reach::Server(name) | Reach::Connection(name) | Reach::Elsewhere(name)) = self;
        name
    }
}
