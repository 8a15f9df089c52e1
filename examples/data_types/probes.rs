//! Small questions about types: a query, the values that it is given, and what becomes of them.

/// A question. The query returns one text.
pub struct Probe {
    pub what: &'static str,
    pub of_type: &'static str,
    pub query: &'static str,
    pub given: &'static [&'static str],
}

const fn probe(
    what: &'static str,
    of_type: &'static str,
    query: &'static str,
    given: &'static [&'static str],
) -> Probe {
    Probe { what, of_type, query, given }
}

const PRICE: &str = "INSERT INTO products (price) VALUES ($1::text::numeric) RETURNING price::text";

pub const NUMBERS: &[Probe] = &[
    probe("ten digits", "numeric(10,2)", PRICE, &["12345678.90"]),
    probe("an eleventh digit", "numeric(10,2)", PRICE, &["123456789.01"]),
    probe("a third decimal is rounded", "numeric(10,2)", PRICE, &["89.876"]),
    probe(
        "ten times a tenth",
        "numeric(10,2)",
        "SELECT sum($1::text::numeric(10, 2))::text FROM generate_series(1, 10)",
        &["0.10"],
    ),
    probe(
        "ten times a tenth, double",
        "double precision",
        "SELECT sum($1::text::double precision)::text FROM generate_series(1, 10)",
        &["0.10"],
    ),
    probe(
        "ten times a tenth, real",
        "real",
        "SELECT sum($1::text::real)::text FROM generate_series(1, 10)",
        &["0.10"],
    ),
    probe("too large for smallint", "smallint", "SELECT $1::text::smallint::text", &["32768"]),
    probe("too large for integer", "integer", "SELECT $1::text::integer::text", &["2147483648"]),
    probe("that is a bigint", "bigint", "SELECT $1::text::bigint::text", &["2147483648"]),
    probe("too large for bigint", "bigint", "SELECT $1::text::bigint::text", &["9223372036854775808"]),
    probe(
        "the third row is numbered",
        "bigserial",
        "INSERT INTO products DEFAULT VALUES RETURNING id::text",
        &[],
    ),
];

pub const OTHERS: &[Probe] = &[
    probe("yes is true", "boolean", "SELECT $1::text::boolean::text", &["yes"]),
    probe("maybe is neither", "boolean", "SELECT $1::text::boolean::text", &["maybe"]),
    probe("a day that is not", "date", "SELECT $1::text::date::text", &["2026-02-30"]),
    probe("a time of day", "time", "SELECT ($1::text::time + interval '90 minutes')::text", &["23:00"]),
    probe("a week", "interval", "SELECT $1::text::interval::text", &["1 week"]),
    probe(
        "a month after",
        "interval",
        "SELECT ($1::text::date + $2::text::interval)::date::text",
        &["2026-01-31", "1 month"],
    ),
    probe(
        "bytes, and as text",
        "uuid",
        "SELECT pg_column_size(id) || ' and ' || octet_length(id::text)
         FROM (SELECT $1::text::uuid AS id) AS u",
        &["10000000-0000-4000-8000-000000000001"],
    ),
    probe(
        "a digit is missing",
        "uuid",
        "SELECT $1::text::uuid::text",
        &["10000000-0000-4000-8000-00000000000"],
    ),
    probe("holds a 2", "integer[]", "SELECT (2 = ANY ($1::text::integer[]))::text", &["{1,2,3}"]),
    probe("two is not a number", "integer[]", "SELECT $1::text::integer[]::text", &["{1,two,3}"]),
    probe("the first is number 1", "text[]", "SELECT ($1::text::text[])[1]", &["{green,black}"]),
    probe(
        "has both",
        "text[]",
        "SELECT ($1::text::text[] @> $2::text::text[])::text",
        &["{green,black,white}", "{white,green}"],
    ),
    probe(
        "is in the network",
        "inet",
        "SELECT ($1::text::inet << $2::text::inet)::text",
        &["192.168.1.5", "192.168.1.0/24"],
    ),
    probe("not an address", "inet", "SELECT $1::text::inet::text", &["192.168.1.256"]),
    probe("written in one way", "macaddr", "SELECT $1::text::macaddr::text", &["08-00-2B-01-02-03"]),
    probe(
        "how far apart",
        "point",
        "SELECT ($1::text::point <-> $2::text::point)::text",
        &["(0,0)", "(3,4)"],
    ),
    // A server that was built without libxml says 0A000: it cannot do that.
    probe(
        "what is inside",
        "xml",
        "SELECT ((xpath('/tea/text()', $1::text::xml))[1])::text",
        &["<tea>oolong</tea>"],
    ),
];
