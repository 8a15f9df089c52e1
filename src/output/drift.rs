//! `pmdb drift` as text.

use super::diff::{counts, ignored, lines, objects};
use super::printable::printable;
use super::{BAD, GOOD, STRONG};
use crate::commands::DriftReport;

pub(super) fn text(report: &DriftReport) -> String {
    let style = if report.differs { BAD } else { GOOD };
    format!(
        "{}{STRONG}{}:{STRONG:#} {style}{}{style:#}\n",
        lines(&report.differences),
        printable(&report.database.to_string()),
        summary(report)
    )
}

fn summary(report: &DriftReport) -> String {
    let built = match report.applied {
        0 => "an empty database: nothing is applied".to_owned(),
        1 => "what its 1 migration builds".to_owned(),
        many => format!("what its {many} migrations build"),
    };
    let summary = match counts(&report.differences) {
        (0, 0) => format!("no drift from {built}"),
        (0, soft) => format!("no drift from {built}, except for the layout of {}", objects(soft)),
        (1, 0) => format!("1 object differs from {built}"),
        (real, 0) => format!("{} differ from {built}", objects(real)),
        (real, soft) => {
            format!("{} differ from {built}, {soft} of them in layout only", objects(real + soft))
        }
    };
    summary + &ignored(report.ignored)
}
