//! Which function a call finds, where its arguments have the very types of the parameters (PostgreSQL manual, "Function Type
//! Resolution").

use crate::catalog::{Catalog, Identity, Kind, Object};
use crate::migration::sql::{Cursor, StandardStrings, split_at_commas};

/// A function, a procedure or an aggregate, as a call finds it.
#[derive(Debug)]
pub(super) struct CalledRoutine<'a> {
    pub identity: &'a Identity,
    pub object: &'a Object,
    /// The types of what a call gives it.
    types: Vec<String>,
    /// The names of what has one, without quotes.
    pub names: Vec<String>,
    /// How many of the last a call may leave out.
    defaults: usize,
    is_variadic: bool,
}

/// The types of the arguments of a call.
pub(super) type Arguments = Vec<String>;

/// What a call finds.
#[derive(Debug)]
pub(super) enum Called<'r, 'a> {
    Nothing,
    One(&'r CalledRoutine<'a>),
    /// The server does not choose: 42725.
    Several(Vec<&'r CalledRoutine<'a>>),
}

/// The name by which a call finds a routine: `public.f`.
pub(super) fn called_name(identity: &Identity) -> &str {
    let mut cursor = Cursor::new(identity.name.as_bytes(), StandardStrings::On);
    while cursor.identifier().is_some() && cursor.eat_sign(".") {}
    identity.name.get(..identity.name.len() - cursor.rest().len()).unwrap_or(&identity.name)
}

/// Those of a name. They may be functions, procedures and aggregates: a call looks among all.
pub(super) fn routines<'a>(catalog: &'a Catalog, name: &str) -> Vec<CalledRoutine<'a>> {
    let kinds = [Kind::Function, Kind::Procedure, Kind::Aggregate];
    let of_kind = kinds.into_iter().flat_map(|kind| {
        let first = Identity { kind, of: None, name: format!("{name}(") };
        let from = catalog.objects.range(first.clone()..);
        from.take_while(move |(identity, _)| identity.kind == kind && identity.name.starts_with(&first.name))
    });
    of_kind.filter_map(|(identity, object)| CalledRoutine::of(identity, object)).collect()
}

impl<'a> CalledRoutine<'a> {
    /// `None` where a call of it is written in another way, as `WITHIN GROUP`, or gives it what it gives back.
    fn of(identity: &'a Identity, object: &'a Object) -> Option<CalledRoutine<'a>> {
        let inside = identity.name.get(called_name(identity).len()..)?;
        let inside = inside.strip_prefix('(')?.strip_suffix(')')?;
        let types: Vec<String> = parts(inside).into_iter().map(str::to_owned).collect();
        let mut routine =
            CalledRoutine { identity, object, types, names: Vec::new(), defaults: 0, is_variadic: false };
        let mut place = 0;
        for parameter in parts(object.get("arguments").unwrap_or_default()) {
            let mut cursor = Cursor::new(parameter.as_bytes(), StandardStrings::On);
            if cursor.eat("OUT") {
                if identity.kind == Kind::Procedure {
                    return None;
                }
                continue;
            }
            routine.is_variadic |= cursor.eat("VARIADIC");
            let _ = cursor.eat("INOUT") || cursor.eat("IN");
            let declared = cursor.rest();
            routine.defaults += usize::from(cursor.clone().find("DEFAULT"));
            let type_name = routine.types.get(place)?;
            if !declared.starts_with(type_name.as_str()) {
                routine.names.extend(cursor.identifier());
            }
            place += 1;
        }
        (place == routine.types.len() && object.get("variety").is_none()).then_some(routine)
    }

    /// The calls that it takes; of those with any number of arguments, the shortest ones.
    pub fn calls(&self) -> Vec<Arguments> {
        let most = self.types.len();
        let counts = most.saturating_sub(self.defaults)..=most + usize::from(self.is_variadic);
        counts.filter_map(|count| self.taken(count)).map(|(arguments, _)| arguments).collect()
    }

    /// The names of the parameters that a call may leave out; none where some have no name.
    pub fn names_left_out(&self) -> &[String] {
        let first = self.types.len().saturating_sub(self.defaults);
        self.names.get(first..).filter(|_| self.names.len() == self.types.len()).unwrap_or_default()
    }

    /// What a call with this number of arguments has to give, and whether some of them become an array.
    fn taken(&self, count: usize) -> Option<(Arguments, bool)> {
        let most = self.types.len();
        if self.is_variadic && count >= most {
            let (array, others) = self.types.split_last()?;
            let more = std::iter::repeat_n(element_of(array), count - others.len());
            return Some((others.iter().cloned().chain(more).collect(), true));
        }
        let suits = (most.saturating_sub(self.defaults)..=most).contains(&count);
        suits.then(|| (self.types.iter().take(count).cloned().collect(), false))
    }
}

/// What a call finds among these, which have its name. One that makes an array of arguments comes after those that do not.
pub(super) fn called<'r, 'a>(among: &'r [CalledRoutine<'a>], arguments: &Arguments) -> Called<'r, 'a> {
    let takes = |routine: &&CalledRoutine<'_>, as_array: bool| {
        let taken = routine.taken(arguments.len());
        taken.is_some_and(|(types, is_array)| types == *arguments && is_array == as_array)
    };
    for as_array in [false, true] {
        let found: Vec<&CalledRoutine<'a>> =
            among.iter().filter(|routine| takes(routine, as_array)).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Called::One(one),
            _ => return Called::Several(found),
        }
    }
    Called::Nothing
}

/// The columns of its rows, each with its type, as far as they stand in its result.
pub(super) fn result_columns(routine: &Object) -> Vec<(String, String)> {
    let result = routine.get("result").unwrap_or_default();
    let written = match result.strip_prefix("TABLE(").and_then(|rest| rest.strip_suffix(')')) {
        Some(inside) => parts(inside),
        None => parts(routine.get("arguments").unwrap_or_default())
            .into_iter()
            .filter_map(|one| ["OUT ", "INOUT "].into_iter().find_map(|word| one.strip_prefix(word)))
            .collect(),
    };
    let column = |written: &str| {
        let mut cursor = Cursor::new(written.as_bytes(), StandardStrings::On);
        let name = cursor.identifier()?;
        let of = cursor.rest().trim();
        Some((name, of.split(" DEFAULT ").next().unwrap_or(of).to_owned()))
    };
    written.into_iter().filter_map(column).collect()
}

fn parts(list: &str) -> Vec<&str> {
    split_at_commas(Cursor::new(list.as_bytes(), StandardStrings::On))
}

/// The type of the elements of an array.
fn element_of(array: &str) -> String {
    match array {
        "anyarray" => "anyelement".to_owned(),
        "anycompatiblearray" => "anycompatible".to_owned(),
        array => array.strip_suffix("[]").unwrap_or(array).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn catalog(functions: &[(&str, &str)]) -> Catalog {
        let object =
            |arguments: &str| Object { attributes: [("arguments".to_owned(), arguments.to_owned())].into() };
        let identity = |name: &str| Identity { kind: Kind::Function, of: None, name: name.to_owned() };
        let objects = functions.iter().map(|(name, of)| (Arc::new(identity(name)), Arc::new(object(of))));
        Catalog { objects: objects.collect() }
    }

    #[test]
    fn a_call_finds_what_the_server_finds() {
        for (functions, arguments, found) in [
            (&[("f(integer)", "a integer")][..], "integer", "f(integer)"),
            (&[("f(integer)", "a integer")], "", "nothing"),
            (&[("f(integer, integer)", "a integer, b integer DEFAULT 0")], "integer", "f(integer, integer)"),
            (
                &[
                    ("f(integer)", "a integer"),
                    ("f(integer, text)", "a integer, b text DEFAULT 'x, DEFAULT y'::text"),
                ],
                "integer",
                "2",
            ),
            (&[("f(integer)", "integer"), ("f(integer, text)", "integer, text")], "integer", "f(integer)"),
            (
                &[("f(integer)", "a integer"), ("f(integer[])", "VARIADIC a integer[]")],
                "integer",
                "f(integer)",
            ),
            (&[("f(integer[])", "VARIADIC a integer[]")], "integer integer integer", "f(integer[])"),
            (
                &[
                    ("f(integer[])", "VARIADIC a integer[]"),
                    ("f(integer, integer[])", "a integer, VARIADIC b integer[]"),
                ],
                "integer integer",
                "2",
            ),
            (
                &[(
                    "f(integer, integer)",
                    "a integer, OUT x text, INOUT \"B c\" integer DEFAULT 1, OUT y text",
                )],
                "integer",
                "f(integer, integer)",
            ),
            (&[("\"f(\"(\"a,b\")", "x \"a,b\"")], "\"a,b\"", "\"f(\"(\"a,b\")"),
        ] {
            let catalog = catalog(functions);
            let name = called_name(catalog.objects.keys().next().unwrap()).to_owned();
            let among = routines(&catalog, &name);
            assert_eq!(among.len(), functions.len(), "{functions:?}");
            let arguments: Arguments = arguments.split_whitespace().map(str::to_owned).collect();
            let told = match called(&among, &arguments) {
                Called::Nothing => "nothing".to_owned(),
                Called::One(one) => one.identity.name.clone(),
                Called::Several(several) => several.len().to_string(),
            };
            assert_eq!(told, found, "{functions:?}");
        }
    }

    #[test]
    fn names_of_parameters_are_told_from_their_types() {
        let catalog = catalog(&[(
            "f(double precision, double precision, integer[])",
            "double precision, x double precision, \"Y\" integer[] DEFAULT ARRAY[1, 2]",
        )]);
        let [routine] = &routines(&catalog, "f")[..] else { panic!("there is one") };
        assert_eq!(routine.names, ["x", "Y"]);
        assert_eq!(routine.calls().len(), 2);
    }
}
