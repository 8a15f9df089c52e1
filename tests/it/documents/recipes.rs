//! Recipes for pipelines: files of other programs in which pmdb is called.

use saphyr::{LoadableYamlNode, Yaml};

use super::command_lines::understood;
use super::markdown::Block;

const CARGO_TOML: &str = include_str!("../../../Cargo.toml");

/// Instructions of a Dockerfile.
const INSTRUCTIONS: [&str; 6] = ["FROM", "COPY", "RUN", "ENTRYPOINT", "CMD", "ENV"];

/// It is YAML, and of a form that one of the three systems knows.
pub fn yaml(block: &Block) {
    let document = document(block);
    let text = |node: Option<&Yaml<'_>>| node.and_then(|node| node.as_str().map(str::to_owned));
    if let Some(jobs) = document.as_mapping_get("jobs") {
        assert!(document.contains_mapping_key("on"), "{block}: a workflow without `on`");
        for (_, job) in jobs.as_mapping().unwrap() {
            assert!(job.contains_mapping_key("runs-on"), "{block}: a job without `runs-on`");
            assert!(job.as_mapping_get("steps").and_then(Yaml::as_sequence).is_some(), "{block}: no steps");
        }
    } else if let Some(kind) = text(document.as_mapping_get("kind")) {
        assert_eq!(kind, "Job", "{block}");
        assert_eq!(text(document.as_mapping_get("apiVersion")).as_deref(), Some("batch/v1"), "{block}");
        let path = ["spec", "template", "spec", "containers"];
        let containers = path.iter().try_fold(&document, |node, key| node.as_mapping_get(key));
        for container in containers.and_then(Yaml::as_sequence).unwrap() {
            assert!(
                text(container.as_mapping_get("image")).is_some(),
                "{block}: a container without an image"
            );
        }
    } else {
        assert!(!commands(block).is_empty(), "{block}: a pipeline without a script");
    }
}

/// The commands that a pipeline runs.
pub fn commands(block: &Block) -> Vec<String> {
    let mut commands = Vec::new();
    collect(&document(block), &mut commands);
    commands
}

fn collect(node: &Yaml<'_>, commands: &mut Vec<String>) {
    for (key, value) in node.as_mapping().into_iter().flatten() {
        match (key.as_str(), value.as_str(), value.as_sequence()) {
            (Some("run"), Some(line), _) => commands.push(line.to_owned()),
            (Some("script"), _, Some(lines)) => {
                commands.extend(lines.iter().filter_map(|line| line.as_str().map(str::to_owned)));
            }
            _ => collect(value, commands),
        }
    }
    node.as_sequence().into_iter().flatten().for_each(|node| collect(node, commands));
}

fn document(block: &Block) -> Yaml<'_> {
    let documents = Yaml::load_from_str(&block.text).unwrap_or_else(|error| panic!("{block}: {error}"));
    documents.into_iter().next().unwrap()
}

/// Its instructions are known, the compiler is the one that pmdb needs, and what it starts is a command of pmdb's.
pub fn dockerfile(block: &Block) {
    let mut starts = Vec::new();
    for line in block.text.lines().filter(|line| !line.is_empty()) {
        let (instruction, rest) = line.split_once(' ').unwrap();
        assert!(INSTRUCTIONS.contains(&instruction), "{block}: {line}");
        if matches!(instruction, "ENTRYPOINT" | "CMD") {
            starts.extend(serde_json::from_str::<Vec<String>>(rest).unwrap());
        }
    }
    understood(&starts.join(" ")).unwrap_or_else(|error| panic!("{block}: {error}"));
    let (_, rust) = CARGO_TOML.split_once("rust-version = \"").unwrap();
    let rust = rust.split('"').next().unwrap();
    assert!(block.text.contains(&format!("FROM rust:{rust} ")), "{block}: pmdb needs Rust {rust}");
}

/// A dependency on pmdb: of its version, with features that there are.
pub fn dependency(block: &Block) {
    let quoted: Vec<&str> = block.text.split('"').skip(1).step_by(2).collect();
    let (version, features) = quoted.split_first().unwrap();
    assert!(env!("CARGO_PKG_VERSION").starts_with(version), "{block}: version {version}");
    let (_, known) = CARGO_TOML.split_once("\n[features]\n").unwrap();
    for feature in features {
        let is_known = known.lines().any(|line| line.starts_with(&format!("{feature} = [")));
        assert!(is_known, "{block}: there is no feature {feature}");
    }
}
