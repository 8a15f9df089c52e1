//! What the server counts when it tells the place of an error.

/// The unit of the positions in a server's errors. They count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PositionUnit {
    /// Characters, as the protocol says (PostgreSQL manual, "Error and Notice Message Fields").
    Characters,
    /// Bytes: in a database of the encoding `SQL_ASCII` the server takes each byte for a character (PostgreSQL
    /// manual, "Supported Character Sets").
    Bytes,
}

impl PositionUnit {
    /// The unit in a database of this encoding.
    pub(super) fn of_encoding(encoding: Option<&str>) -> PositionUnit {
        if encoding == Some("SQL_ASCII") { PositionUnit::Bytes } else { PositionUnit::Characters }
    }

    /// The byte offset of a position in a text.
    pub fn byte_offset(self, text: &str, position: usize) -> usize {
        let before = position.saturating_sub(1);
        match self {
            PositionUnit::Characters => {
                text.char_indices().nth(before).map_or(text.len(), |(offset, _)| offset)
            }
            PositionUnit::Bytes => text.floor_char_boundary(before),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_counts_characters_and_an_offset_bytes() {
        let offset = |text, position| PositionUnit::Characters.byte_offset(text, position);
        assert_eq!(offset("SELECT 'é' x", 1), 0);
        assert_eq!(offset("SELECT 'é' x", 12), 12);
        assert_eq!(offset("SELECT 1", 99), 8);
    }

    #[test]
    fn a_position_in_bytes_never_points_into_a_character() {
        let offset = |text, position| PositionUnit::Bytes.byte_offset(text, position);
        assert_eq!(offset("SELECT 'é' x", 13), 12);
        assert_eq!(offset("é", 2), 0);
        assert_eq!(offset("SELECT 1", 99), 8);
    }
}
