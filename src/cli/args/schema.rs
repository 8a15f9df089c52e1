//! Options of `schema`.

use clap::{Args, ValueEnum};

use crate::cli::ConnectionString;
use crate::cli::shared_args::ScratchArgs;
use crate::migration::Version;

/// Options of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Only these tables and views, as in tasks or 'app.*', in which * stands for anything
    #[arg(value_name = "TABLE")]
    pub tables: Vec<String>,

    /// Also the tables that foreign keys join to them, in up to N steps [default: 0; 1 with --diff]
    #[arg(long, value_name = "N")]
    pub depth: Option<usize>,

    /// In which form
    #[arg(long, value_enum, value_name = "FORM", default_value_t = SchemaFormat::Tree)]
    pub format: SchemaFormat,

    /// What stands above the picture [default: the name of the database, or of the project]
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,

    /// Draw what differs between these two databases, as `pmdb diff A B` names it: for --format svg, html and mermaid
    #[arg(long, num_args = 1..=2, value_names = ["A", "B"])]
    pub diff: Vec<ConnectionString>,

    /// Instead of B: what the migrations up to and with this version build on a scratch database
    #[arg(long, value_name = "VERSION", requires = "diff")]
    pub to: Option<Version>,

    /// Scratch databases.
    #[command(flatten)]
    pub scratch: ScratchArgs,
}

/// The forms of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaFormat {
    /// Text for a terminal
    Tree,
    /// One JSON document, the same as with --json
    Json,
    /// A diagram for Markdown
    Mermaid,
    /// For Graphviz
    Dot,
    /// A picture
    Svg,
    /// A page for a browser, with the picture and all that is known of each table
    Html,
}
