//! Domains, whose rules are checked for each value of a column.

use crate::catalog::Kind;
use crate::impact::look::HalfView;

/// Whether a type is a domain that does not take every value: a column of it is checked, and its table written anew, as it
/// is added or changed.
pub(in crate::impact) fn is_checked(look: &HalfView<'_>, type_name: &str) -> bool {
    look.case.after.objects.iter().any(|(identity, object)| match identity.kind {
        Kind::Domain => identity.name == type_name && object.get("not null").is_some(),
        Kind::Constraint => identity.of.as_deref() == Some(type_name),
        _ => false,
    })
}
