//! How an answer is written.

use super::{PlanFormat, SchemaFormat, VerifyFormat};

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: one JSON document.
    Json,
    /// Annotations for GitHub Actions.
    Github,
    /// A comment on a pull request.
    Markdown,
    /// For code scanning.
    Sarif,
    /// A diagram for Markdown.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// A picture.
    Svg,
    /// A page for a browser.
    Html,
}

impl From<SchemaFormat> for Format {
    fn from(format: SchemaFormat) -> Format {
        match format {
            SchemaFormat::Tree => Format::Text,
            SchemaFormat::Json => Format::Json,
            SchemaFormat::Mermaid => Format::Mermaid,
            SchemaFormat::Dot => Format::Dot,
            SchemaFormat::Svg => Format::Svg,
            SchemaFormat::Html => Format::Html,
        }
    }
}

impl From<VerifyFormat> for Format {
    fn from(format: VerifyFormat) -> Format {
        match format {
            VerifyFormat::Text => Format::Text,
            VerifyFormat::Github => Format::Github,
        }
    }
}

impl From<PlanFormat> for Format {
    fn from(format: PlanFormat) -> Format {
        match format {
            PlanFormat::Text => Format::Text,
            PlanFormat::Markdown => Format::Markdown,
            PlanFormat::Github => Format::Github,
            PlanFormat::Sarif => Format::Sarif,
        }
    }
}
