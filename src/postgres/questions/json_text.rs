//! A value of the type json as it is written.

use std::error::Error;

use tokio_postgres::types::{FromSql, Type};

/// What EXPLAIN answers.
pub(super) struct JsonText(pub String);

impl<'a> FromSql<'a> for JsonText {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<JsonText, Box<dyn Error + Sync + Send>> {
        Ok(JsonText(std::str::from_utf8(raw)?.to_owned()))
    }

    fn accepts(type_name: &Type) -> bool {
        *type_name == Type::JSON
    }
}
