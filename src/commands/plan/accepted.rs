//! The findings that are known: by a line of `plan.ignore`, an option, or a comment in a file.

use std::path::Path;

use crate::cli::PlanArgs;
use crate::commands::error::Error;
use crate::commands::ignore;
use crate::commands::reporter::Reporter;
use crate::ignore::IgnoreLine;
use crate::impact::{Accepted, Allow, Finding, PlanIgnore, PlanRule, accept, allows};
use crate::migration::{Step, stored_path};

/// Read where `--ignore-file` names no other.
const USUAL_FILE: &str = "plan.ignore";

/// What is known.
pub(super) struct KnownFindings<'a> {
    args: &'a PlanArgs,
    lines: Vec<IgnoreLine<PlanRule>>,
    allows: Vec<Allow>,
}

impl<'a> KnownFindings<'a> {
    /// Reads the file, and the comments of what would run. A mistake in them is found before anything is done.
    pub fn read(args: &'a PlanArgs, steps: &[Step]) -> Result<KnownFindings<'a>, Error> {
        let lines = ignore::lines::<PlanRule>(args.ignore_file.as_deref(), USUAL_FILE)?;
        let mut accepted = Vec::new();
        for step in steps {
            let path = step.path().map_or_else(|| stored_path(step.version()), Path::to_owned);
            accepted.extend(allows(step.version(), &path, step.half())?);
        }
        Ok(KnownFindings { args, lines, allows: accepted })
    }

    /// Takes out what is known, and says what is not needed any more.
    pub fn sift(self, findings: Vec<Finding>, reporter: &mut dyn Reporter) -> Accepted {
        let path = self.args.ignore_file.as_deref().unwrap_or(Path::new(USUAL_FILE));
        for IgnoreLine { location, ignore } in &self.lines {
            if !findings.iter().any(|finding| ignore.covers(finding)) {
                let path = path.display();
                reporter.note(&format!("{path}:{location}: nothing is left that `{ignore}` could ignore"));
            }
        }
        let lines = self.lines.iter().map(|line| &line.ignore);
        let ignores: Vec<&PlanIgnore> = self.args.ignore.iter().chain(lines).collect();
        let accepted = accept(findings, &ignores, self.allows);
        for Allow { path, location, rule, .. } in &accepted.unused {
            let path = path.display();
            reporter.note(&format!("{path}:{location}: there is no finding of {rule} to allow"));
        }
        accepted
    }
}
