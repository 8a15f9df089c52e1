//! Options of `advise`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};

use crate::advise::{self, Rule};
use crate::cli::shared_args::Check;

/// Options of `advise`.
#[derive(Debug, Args)]
pub struct AdviseArgs {
    /// For pipelines: exit with 3 if there is something to advise
    #[arg(long)]
    pub check: bool,

    /// Leave out the findings of a rule, or those about this object (* stands for anything); may be given many times
    #[arg(long, value_name = "RULE[:OBJECT]")]
    pub ignore: Vec<advise::AdviceIgnore>,

    /// A file of known findings.
    #[arg(
        help = "A file with one RULE[:OBJECT] a line; # begins a comment [default: advise.ignore, if it is there]"
    )]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ignore_file: Option<PathBuf>,

    /// Say why a rule is there, with an example, and look at no database
    #[arg(long, value_name = "RULE", conflicts_with_all = ["check", "ignore", "ignore_file"])]
    #[arg(value_parser = PossibleValuesParser::new(Rule::ALL.map(Rule::id)).try_map(|id| id.parse::<Rule>()))]
    #[arg(hide_possible_values = true)]
    pub explain: Option<Rule>,
}

impl AdviseArgs {
    /// Whether what is found decides the exit code.
    pub fn check(&self) -> Check {
        Check::from_flag(self.check)
    }
}
