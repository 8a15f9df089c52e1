use super::location::Locator;
use super::long_data::LongData;
use super::{Location, sql::Statement};

/// The text of a file without long data of COPY: a line stands for each of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    pub(crate) text: String,
    /// In order.
    pub(crate) long_data: Vec<LongData>,
}

impl Source {
    /// Where in the file a byte of the text is.
    pub(crate) fn locate(&self, offset: usize) -> Location {
        self.in_file(offset, Locator::new(self.text.as_bytes()).locate(offset))
    }

    /// Where in the file a place of the text is.
    pub(crate) fn in_file(&self, offset: usize, location: Location) -> Location {
        let before = self.long_data.iter().take_while(|data| data.stand_in.end <= offset);
        let left_out: usize = before.map(LongData::lines_left_out).sum();
        Location { line: location.line.saturating_add(left_out), ..location }
    }

    /// The data of a COPY, if they are long.
    pub(crate) fn long_data_of(&self, copy: &Statement) -> Option<&LongData> {
        let start = copy.copy_data.as_ref()?.start;
        self.long_data.iter().find(|data| data.stand_in.start == start)
    }
}
