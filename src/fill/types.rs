//! The types of columns, as far as values can be made for them.

/// The type of a column; of a domain the one below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FillType {
    /// `boolean`
    Bool,
    /// `smallint`
    Int2,
    /// `integer`
    Int4,
    /// `bigint`
    Int8,
    /// `money`
    Money,
    /// `real`
    Float4,
    /// `double precision`
    Float8,
    /// `numeric`, with its precision and scale where it has them.
    Numeric(Option<(u32, u32)>),
    /// `text`, `varchar`, `citext`, `name`, with the most characters that it takes.
    Text(Option<usize>),
    /// `char(n)`
    Char(usize),
    /// `bytea`
    Bytea,
    /// `uuid`
    Uuid,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `time with time zone`
    Timetz,
    /// `timestamp`, with or without a time zone.
    Timestamp,
    /// `interval`, and what its fields keep of it.
    Interval(KeptFields),
    /// `json`
    Json,
    /// `jsonb`
    Jsonb,
    /// `tsvector`
    TsVector,
    /// `inet`
    Inet,
    /// `cidr`
    Cidr,
    /// `macaddr`
    Macaddr,
    /// `bit(n)` and `bit varying(n)`
    Bits(u32),
    /// An enum, with its labels.
    Enum(Vec<String>),
    /// An array.
    Array {
        /// Of what.
        element: Box<FillType>,
        /// The number of the element's type on this server.
        oid: u32,
    },
    /// A range.
    Range(Box<FillType>),
    /// One that few columns have.
    Rare(RareType),
    /// Any other.
    Other,
}

/// A type that few columns have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RareType {
    /// `oid`
    Oid,
    /// `point`
    Point,
    /// `lseg`
    Lseg,
    /// `box`
    Box,
    /// `line`
    Line,
    /// `circle`
    Circle,
    /// `path`
    Path,
    /// `polygon`
    Polygon,
    /// `xml`
    Xml,
    /// `hstore`, of the extension.
    Hstore,
    /// `ltree`, of the extension.
    Ltree,
}

/// What is kept of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptFields {
    /// All of it.
    All,
    /// Whole days, as in `interval day to hour`.
    Days,
    /// Whole years, as in `interval year to month`.
    Years,
}

impl FillType {
    /// How many different values a column of this type can have; `None` for more than anybody fills.
    pub fn values(&self) -> Option<u64> {
        match self {
            FillType::Bool => Some(2),
            FillType::Enum(labels) => u64::try_from(labels.len()).ok(),
            FillType::Int2 => Some(32_767),
            FillType::Int4 => Some(2_147_483_647),
            FillType::Time | FillType::Timetz => Some(86_400),
            FillType::Date => Some(1_000_000),
            FillType::Numeric(Some((precision, _))) if *precision < 18 => Some(10_u64.pow(*precision) - 1),
            FillType::Text(Some(length)) | FillType::Char(length) if *length < 12 => {
                36_u64.checked_pow(u32::try_from(*length).ok()?)
            }
            FillType::Bits(length) if *length < 63 => Some(1 << length),
            FillType::Interval(KeptFields::Years) => Some(10_000),
            FillType::Interval(KeptFields::Days) => Some(1_000_000),
            FillType::Inet | FillType::Cidr => Some(1 << 24),
            FillType::Rare(RareType::Oid) => Some(u32::MAX.into()),
            FillType::Array { element, .. } | FillType::Range(element) => {
                element.values().map(|values| values / 2)
            }
            _ => None,
        }
    }

    /// Whether the server can tell which of two values comes first.
    pub fn has_order(&self) -> bool {
        match self {
            FillType::Array { element, .. } => element.has_order(),
            FillType::Rare(of) => matches!(of, RareType::Oid | RareType::Hstore | RareType::Ltree),
            of => *of != FillType::Json,
        }
    }

    /// Whether its values are whole numbers.
    pub fn is_whole(&self) -> bool {
        matches!(self, FillType::Int2 | FillType::Int4 | FillType::Int8)
    }
}
