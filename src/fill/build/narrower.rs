//! Foreign keys whose columns are narrower than what they refer to.

use crate::fill::error::FillError;
use crate::fill::plan::{FillPlan, ValueSource};
use crate::fill::table::FillTable;
use crate::fill::types::FillType;
use crate::fill::value::{DAY, FillValue};

/// How many rows of a parent are looked at.
const LOOKED_AT: u64 = 1000;

/// Refuses foreign keys with a column that cannot hold what it refers to.
pub(super) fn refuse_narrower(plan: &FillPlan) -> Result<(), FillError> {
    for (place, table, fill) in plan.filled() {
        for (key, foreign_key) in table.foreign_keys.iter().enumerate() {
            for (at, (column, there)) in
                foreign_key.columns.iter().zip(&foreign_key.parent_columns).enumerate()
            {
                let is_from_there =
                    fill.sources.get(*column) == Some(&ValueSource::Foreign { key, place: at });
                let is_given = fill.given.get(key).is_some_and(Option::is_some);
                let (Some(column), Some(parent)) =
                    (table.columns.get(*column), plan.tables.get(foreign_key.parent))
                else {
                    continue;
                };
                let is_other = parent.columns.get(*there).is_some_and(|there| there.of != column.of);
                if !is_from_there || is_given || !is_other {
                    continue;
                }
                if let Some(value) = too_wide(plan, (foreign_key.parent, *there), &column.of) {
                    return Err(FillError::Unsolvable {
                        table: plan.tables.get(place).map(FillTable::shown).unwrap_or_default(),
                        constraint: foreign_key.name.clone().into(),
                        reason: format!(
                            "its column {} is narrower than the key of {}, and cannot hold {value}",
                            column.sql,
                            parent.shown()
                        ),
                    });
                }
            }
        }
    }
    Ok(())
}

/// A value of a column that one of this type cannot hold. Of whole numbers that are counted up no more are referred to than it can.
fn too_wide(plan: &FillPlan, (parent, there): (usize, usize), of: &FillType) -> Option<String> {
    let fill = plan.fills.get(parent)?.as_ref()?;
    let column = plan.tables.get(parent)?.columns.get(there)?;
    let is_counted = fill.sources.get(there) == Some(&ValueSource::Distinct);
    let rows = if is_counted && of.is_whole() && column.of.is_whole() { 1 } else { fill.rows };
    let step = usize::try_from(rows / LOOKED_AT).unwrap_or(usize::MAX).max(1);
    let looked_at = (0..rows).step_by(step).chain(rows.checked_sub(1));
    let mut values = looked_at.map(|row| plan.value(parent, there, row));
    values.find(|value| !holds(of, value))?.text()
}

fn holds(of: &FillType, value: &FillValue) -> bool {
    match (of, value) {
        (FillType::Text(Some(most)) | FillType::Char(most), FillValue::Text(text)) => {
            text.chars().count() <= *most
        }
        (FillType::Int2, FillValue::Int(number)) => i16::try_from(*number).is_ok(),
        (FillType::Int4, FillValue::Int(number)) => i32::try_from(*number).is_ok(),
        (FillType::Int2 | FillType::Int4 | FillType::Int8, FillValue::Numeric(unscaled, scale)) => {
            let unit = 10_i128.checked_pow(*scale).unwrap_or(i128::MAX);
            let whole = i64::try_from(unscaled / unit).ok();
            unscaled % unit == 0 && whole.is_some_and(|whole| holds(of, &FillValue::Int(whole)))
        }
        (FillType::Numeric(Some((precision, scale))), FillValue::Int(number)) => {
            let digits = precision.saturating_sub(*scale);
            10_i128.checked_pow(digits).is_none_or(|limit| i128::from(*number).abs() < limit)
        }
        (FillType::Numeric(Some((precision, scale))), FillValue::Numeric(unscaled, there)) => {
            let power = |digits: u32| 10_i128.checked_pow(digits).unwrap_or(i128::MAX);
            let (lost, whole) = (power(there.saturating_sub(*scale)), power(*there));
            unscaled % lost == 0 && (unscaled / whole).abs() < power(precision.saturating_sub(*scale))
        }
        (FillType::Date, FillValue::Timestamp(micros)) => micros % DAY == 0,
        _ => true,
    }
}
