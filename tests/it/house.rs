//! The house: no two files of the source import from each other, and none through the door of its own room.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex::Regex;

/// `["postgres", "run", "outside"]`.
type Module = Vec<String>;

#[test]
fn no_two_files_import_from_each_other() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut texts = BTreeMap::new();
    collect(&source, &Vec::new(), &mut texts);
    assert!(texts.len() > 200, "{}", texts.len());
    let source = Source { exports: exports(&texts), texts };
    let imports: BTreeMap<&Module, BTreeSet<Module>> =
        source.texts.iter().map(|(module, text)| (module, source.imports(module, text))).collect();
    let mut circles = Vec::new();
    for (module, others) in &imports {
        for other in others.iter().filter(|other| *module < *other && !are_kin(module, other)) {
            if imports.get(other).is_some_and(|back| back.contains(*module)) {
                circles.push(format!("{} <-> {}", module.join("::"), other.join("::")));
            }
        }
    }
    assert_eq!(circles, [""; 0]);
}

/// One word, one concept: a search for a type finds one.
#[test]
fn no_two_types_have_the_same_name() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut texts = BTreeMap::new();
    collect(&source, &Vec::new(), &mut texts);
    // What an `impl` calls its `Item` or its `Err` is indented, and is no type of its own.
    let definition = Regex::new(r"(?m)^(?:pub(?:\([^)]*\))? )?(?:struct|enum|trait|type) (\w+)").unwrap();
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (module, text) in &texts {
        // The two ways of `connect/tls.rs`, with and without TLS: one of them is compiled.
        if !module.ends_with(&["without_tls".to_owned()]) {
            for name in definition.captures_iter(text) {
                homes.entry(name[1].to_owned()).or_default().push(module.join("::"));
            }
        }
    }
    assert!(homes.len() > 500, "{}", homes.len());
    let twins: Vec<_> = homes.into_iter().filter(|(_, homes)| homes.len() > 1).collect();
    assert_eq!(twins, []);
}

/// A folder and what lies in it are one subject.
fn are_kin(one: &Module, other: &Module) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

fn collect(folder: &Path, module: &Module, texts: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let inside = |name: &str| [module.clone(), vec![name.to_owned()]].concat();
        if path.is_dir() {
            collect(&path, &inside(&stem), texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") && stem != "tests" {
            let module = if matches!(&*stem, "mod" | "lib") { module.clone() } else { inside(&stem) };
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            texts.entry(module).or_default().push_str(code);
        }
    }
}

/// The files, and what each takes from another to hand it on.
struct Source {
    texts: BTreeMap<Module, String>,
    exports: BTreeMap<(Module, String), Module>,
}

/// `pub use finding::Advice` in `advise`: a file that takes `advise::Advice` takes it from `advise::finding`.
fn exports(texts: &BTreeMap<Module, String>) -> BTreeMap<(Module, String), Module> {
    let mut exports = BTreeMap::new();
    for (module, text) in texts {
        for path in used(text).filter(|(is_exported, _)| *is_exported).map(|(_, path)| path) {
            let from = absolute(module, path, texts);
            if let Some(name) = from.last() {
                exports.insert((module.clone(), name.clone()), from.clone());
            }
        }
    }
    exports
}

impl Source {
    /// The modules from which a file takes something, by its `use` lines and the paths in its code.
    fn imports(&self, module: &Module, text: &str) -> BTreeSet<Module> {
        let written_out = Regex::new(r"\b(?:crate|super)(?:::\w+)+").unwrap();
        let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let in_code = written_out.find_iter(&code).map(|path| words(path.as_str()));
        let all = used(text).map(|(_, path)| path).chain(in_code.collect::<Vec<_>>());
        let homes = all.map(|path| self.home(absolute(module, path, &self.texts)));
        homes.filter(|home| !home.is_empty() && home != module).collect()
    }

    /// The file that has what a path names.
    fn home(&self, mut path: Module) -> Module {
        for _ in 0..10 {
            let mut file = path.clone();
            while !file.is_empty() && !self.texts.contains_key(&file) {
                file.pop();
            }
            let name = path.get(file.len()).cloned().unwrap_or_default();
            match self.exports.get(&(file.clone(), name)) {
                Some(from) if *from != path => path = from.clone(),
                _ => return file,
            }
        }
        path
    }
}

/// The paths of the `use` lines, and whether they are handed on.
fn used(text: &str) -> impl Iterator<Item = (bool, Module)> {
    text.split(";\n").flat_map(|import| {
        let import = import.rsplit_once("use ").filter(|(before, _)| is_code(before));
        let paths = import.map(|(before, path)| {
            let is_exported = before.rsplit('\n').next().unwrap_or_default().trim_start().starts_with("pub");
            expanded(path).into_iter().map(move |path| (is_exported, words(&path))).collect::<Vec<_>>()
        });
        paths.unwrap_or_default()
    })
}

fn words(path: &str) -> Module {
    path.split("::").map(|word| word.trim().to_owned()).collect()
}

fn is_code(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default().trim();
    line.is_empty() || line.starts_with("pub")
}

/// `a::{b, c::d}` as `a::b` and `a::c::d`.
fn expanded(path: &str) -> Vec<String> {
    let Some((before, inside)) = path.split_once('{') else { return vec![path.to_owned()] };
    let inside = inside.trim_end().strip_suffix('}').unwrap_or(inside);
    let (mut items, mut item, mut depth) = (Vec::new(), String::new(), 0);
    for c in inside.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(std::mem::take(&mut item));
                continue;
            }
            _ => {}
        }
        item.push(c);
    }
    items.push(item);
    let items = items.iter().filter(|item| !item.trim().is_empty());
    items.flat_map(|item| expanded(&format!("{before}{}", item.trim()))).collect()
}

fn absolute(module: &Module, mut path: Vec<String>, all: &BTreeMap<Module, String>) -> Module {
    let mut base = module.clone();
    match path.first().map(String::as_str) {
        Some("crate") => return path.split_off(1),
        Some("self") => drop(path.remove(0)),
        Some("super") => {
            while path.first().is_some_and(|word| word == "super") {
                path.remove(0);
                base.pop();
            }
        }
        Some(first) if all.contains_key(&[base.clone(), vec![first.to_owned()]].concat()) => {}
        _ => return Vec::new(),
    }
    [base, path].concat()
}

/// What the room hands on at its door is for others: a file inside that takes it there depends on the whole room.
#[test]
fn no_file_of_the_postgres_room_imports_through_its_door() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/postgres");
    let mut texts = BTreeMap::new();
    collect(&source, &vec!["postgres".to_owned()], &mut texts);
    let door = Regex::new(r"(?m)^\s*use crate::postgres::(\{[^;]*\b(?:\{|, |\n\s*)?)?[A-Z]\w*[,;}]").unwrap();
    let through: Vec<String> = texts
        .iter()
        .filter(|(module, text)| module.len() > 1 && door.is_match(text))
        .map(|(module, _)| module.join("::"))
        .collect();
    assert_eq!(through, [""; 0]);
}
