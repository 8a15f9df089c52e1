//! What becomes of values when their column gets another type, as far as the types alone tell.

/// What an assignment of one type to another may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cast {
    /// Every value stays what it is.
    Lossless,
    /// Some values may have no counterpart.
    MayFail,
    /// The same, and some may become others.
    MayRound,
}

/// What an assignment may do. Types are written as the catalog does: `numeric(10,2)`.
pub(super) fn cast(from: &str, to: &str) -> Cast {
    let (from, to) = (CastType::parse(from), CastType::parse(to));
    match (&from.base[..], &to.base[..]) {
        (one, other) if one.ends_with("[]") != other.ends_with("[]") && other != "text" => Cast::MayFail,
        // Everything can be written down.
        (_, "text") => Cast::Lossless,
        (_, "character varying") if to.modifiers.is_empty() => Cast::Lossless,
        ("character varying" | "character", "character varying") if from.fits_in(&to) => Cast::Lossless,
        ("numeric", "numeric") if from.digits_fit_in(&to) => Cast::Lossless,
        ("real", "double precision") => Cast::Lossless,
        (one, other) if is_wider(other, one) && to.modifiers.is_empty() => Cast::Lossless,
        (one, other) if is_number(one) && is_number(other) => Cast::MayRound,
        (one, other) if is_of_time(one) && is_of_time(other) => Cast::MayRound,
        _ => Cast::MayFail,
    }
}

/// The numbers that are exact: each holds all values of those before it.
const EXACT: [&str; 4] = ["smallint", "integer", "bigint", "numeric"];

fn is_wider(one: &str, other: &str) -> bool {
    let rank = |base: &str| EXACT.iter().position(|name| *name == base);
    rank(one).zip(rank(other)).is_some_and(|(one, other)| one > other)
}

fn is_number(base: &str) -> bool {
    EXACT.contains(&base) || base == "real" || base == "double precision"
}

/// Whether it is made of letters.
pub(super) fn is_text(type_name: &str) -> bool {
    let base = CastType::parse(type_name).base;
    base == "text" || base.starts_with("character") && !base.ends_with("[]")
}

fn is_of_time(base: &str) -> bool {
    base == "date" || base.starts_with("timestamp") || base.starts_with("time ")
}

/// A type without its modifiers, and these.
struct CastType {
    base: String,
    modifiers: Vec<i64>,
}

impl CastType {
    fn parse(text: &str) -> CastType {
        let plain = || CastType { base: text.to_owned(), modifiers: Vec::new() };
        let Some((before, after)) = text.split_once('(') else { return plain() };
        let Some((inside, rest)) = after.split_once(')') else { return plain() };
        let modifiers = inside.split(',').filter_map(|number| number.trim().parse().ok()).collect();
        CastType { base: format!("{}{rest}", before.trim_end()), modifiers }
    }

    fn fits_in(&self, other: &CastType) -> bool {
        self.modifiers.first().zip(other.modifiers.first()).is_some_and(|(one, other)| one <= other)
    }

    /// Before and after the decimal point.
    fn digits_fit_in(&self, other: &CastType) -> bool {
        match (&self.modifiers[..], &other.modifiers[..]) {
            (_, []) => true,
            ([precision, scale], [other_precision, other_scale]) => {
                scale <= other_scale && precision - scale <= other_precision - other_scale
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wider_type_is_nothing_to_ask_about() {
        for (from, to) in [
            ("integer", "bigint"),
            ("smallint", "numeric"),
            ("character varying(20)", "character varying(30)"),
            ("character varying(20)", "text"),
            ("public.status", "text"),
            ("numeric(10,2)", "numeric(12,2)"),
            ("numeric(10,2)", "numeric"),
        ] {
            assert_eq!(cast(from, to), Cast::Lossless, "{from} to {to}");
        }
    }

    #[test]
    fn a_narrower_type_may_fail_or_round() {
        for (from, to) in [
            ("character varying(30)", "character varying(20)"),
            ("text", "character varying(20)"),
            ("text", "integer"),
            ("text", "public.status"),
            ("json", "jsonb"),
            ("character varying(20)", "character varying(20)[]"),
            ("timestamp with time zone", "timestamp with time zone[]"),
        ] {
            assert_eq!(cast(from, to), Cast::MayFail, "{from} to {to}");
        }
        for (from, to) in [
            ("bigint", "integer"),
            ("numeric(10,2)", "integer"),
            ("numeric(10,4)", "numeric(10,2)"),
            ("numeric", "double precision"),
            ("bigint", "real"),
            ("double precision", "numeric"),
            ("integer", "numeric(5,0)"),
            ("timestamp with time zone", "date"),
            ("timestamp(6) with time zone", "timestamp(0) with time zone"),
        ] {
            assert_eq!(cast(from, to), Cast::MayRound, "{from} to {to}");
        }
    }
}
