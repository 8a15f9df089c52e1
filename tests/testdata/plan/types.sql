-- Changing the type of a column: free where what is stored fits as it is, else the table is written again.

-- operation: widen_varchar
ALTER TABLE samples ALTER COLUMN bounded TYPE varchar(40);
-- then: locks samples ACCESS EXCLUSIVE

-- operation: widen_varchar_with_an_index
ALTER TABLE customers ALTER COLUMN name TYPE varchar(100);
-- then: locks customers ACCESS EXCLUSIVE

-- operation: bounded_varchar_to_text_with_an_index
ALTER TABLE customers ALTER COLUMN name TYPE text;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: unbounded_varchar_to_text
ALTER TABLE samples ALTER COLUMN unbounded TYPE text;
-- then: locks samples ACCESS EXCLUSIVE

-- operation: text_to_unbounded_varchar
ALTER TABLE samples ALTER COLUMN words TYPE varchar;
-- then: locks samples ACCESS EXCLUSIVE

-- operation: widen_numeric
ALTER TABLE samples ALTER COLUMN exact TYPE numeric(12, 2);
-- then: locks samples ACCESS EXCLUSIVE

-- operation: unbound_numeric
ALTER TABLE samples ALTER COLUMN exact TYPE numeric;
-- then: locks samples ACCESS EXCLUSIVE

-- operation: more_precise_timestamp
ALTER TABLE samples ALTER COLUMN moment TYPE timestamp;
-- then: locks samples ACCESS EXCLUSIVE

-- operation: more_precise_interval
ALTER TABLE samples ALTER COLUMN span TYPE interval;
-- then: locks samples ACCESS EXCLUSIVE

-- operation: widen_varbit
ALTER TABLE samples ALTER COLUMN bits TYPE varbit(16);
-- then: locks samples ACCESS EXCLUSIVE

-- operation: cidr_to_inet
ALTER TABLE samples ALTER COLUMN network TYPE inet;
-- then: locks samples ACCESS EXCLUSIVE

-- operation: timestamp_to_timestamptz_under_utc
SET LOCAL TimeZone = 'UTC';
ALTER TABLE samples ALTER COLUMN moment TYPE timestamptz;
-- then: locks samples ACCESS EXCLUSIVE

-- operation: timestamp_to_timestamptz_of_a_precision_under_utc
-- The server does not see that each value has this precision already.
SET LOCAL TimeZone = 'UTC';
ALTER TABLE samples ALTER COLUMN moment TYPE timestamptz(3);
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: timestamp_to_timestamptz_elsewhere
SET LOCAL TimeZone = 'Europe/Berlin';
ALTER TABLE samples ALTER COLUMN moment TYPE timestamptz;
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: timestamptz_to_timestamp_under_utc
SET LOCAL TimeZone = 'UTC';
ALTER TABLE samples ALTER COLUMN zoned TYPE timestamp;
-- then: locks samples ACCESS EXCLUSIVE

-- operation: domain_to_its_base_type
ALTER TABLE samples ALTER COLUMN amount TYPE int;
-- then: locks samples ACCESS EXCLUSIVE

-- operation: base_type_to_a_domain_without_constraints
ALTER TABLE samples ALTER COLUMN number TYPE quantity;
-- then: locks samples ACCESS EXCLUSIVE

-- operation: base_type_to_a_domain_with_a_check
-- given:
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
-- when:
ALTER TABLE samples ALTER COLUMN number TYPE positive;
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: same_type_again
ALTER TABLE samples ALTER COLUMN number TYPE int;
-- then: locks samples ACCESS EXCLUSIVE

-- operation: smallint_to_int
ALTER TABLE samples ALTER COLUMN small TYPE int;
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: int_to_bigint
ALTER TABLE samples ALTER COLUMN number TYPE bigint;
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: int_to_text
ALTER TABLE samples ALTER COLUMN number TYPE text;
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: text_to_int
ALTER TABLE samples ALTER COLUMN words TYPE int USING length(words);
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: narrow_varchar
ALTER TABLE samples ALTER COLUMN bounded TYPE varchar(10);
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: text_to_bounded_varchar
ALTER TABLE samples ALTER COLUMN words TYPE varchar(10);
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: widen_char
ALTER TABLE samples ALTER COLUMN fixed TYPE char(8);
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: char_to_text
ALTER TABLE samples ALTER COLUMN fixed TYPE text;
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: numeric_with_another_scale
ALTER TABLE samples ALTER COLUMN exact TYPE numeric(12, 4);
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: numeric_to_double
ALTER TABLE samples ALTER COLUMN exact TYPE double precision;
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: less_precise_timestamp
ALTER TABLE samples ALTER COLUMN moment TYPE timestamp(0);
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: timestamp_to_date
ALTER TABLE samples ALTER COLUMN moment TYPE date;
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: json_to_jsonb
ALTER TABLE samples ALTER COLUMN document TYPE jsonb;
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: text_to_json
ALTER TABLE samples ALTER COLUMN words TYPE json USING to_json(words);
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: enum_to_text
ALTER TABLE samples ALTER COLUMN state TYPE text;
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: another_collation
ALTER TABLE samples ALTER COLUMN words TYPE text COLLATE "C";
-- then: locks samples ACCESS EXCLUSIVE

-- operation: another_collation_with_an_index
ALTER TABLE customers ALTER COLUMN name TYPE varchar(50) COLLATE "POSIX";
-- then: locks customers ACCESS EXCLUSIVE
-- then: builds customers_name_idx on customers

-- operation: type_of_a_column_with_an_index_a_check_and_a_default
-- given:
ALTER TABLE orders ALTER COLUMN starts SET DEFAULT 1, ALTER COLUMN starts SET NOT NULL;
ALTER TABLE orders ADD CONSTRAINT starts_before_end CHECK (starts < ends);
CREATE INDEX orders_starts_idx ON orders (starts, abs(ends)) WHERE starts > 0;
-- when:
ALTER TABLE orders ALTER COLUMN starts TYPE bigint USING starts - 1 + orders.ends - ends;
-- then: locks orders ACCESS EXCLUSIVE
-- then: rewrites orders

-- operation: type_of_a_foreign_key
ALTER TABLE invoices ALTER COLUMN order_id TYPE bigint;
-- then: locks invoices ACCESS EXCLUSIVE, orders ACCESS EXCLUSIVE
-- then: rewrites invoices
-- then: scans invoices, orders

-- operation: type_of_an_identity
-- given:
ALTER TABLE customers ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY;
-- when:
ALTER TABLE customers ALTER COLUMN id TYPE bigint;
-- then: locks customers ACCESS EXCLUSIVE, customers_id_seq SHARE ROW EXCLUSIVE
-- then: rewrites customers

-- operation: type_that_depends_on_the_time_zone_of_the_statement
ALTER TABLE samples ALTER COLUMN moment TYPE timestamptz USING moment AT TIME ZONE 'Europe/Berlin';
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: two_types_in_one_statement
ALTER TABLE orders ALTER COLUMN starts TYPE bigint, ALTER COLUMN ends TYPE bigint;
-- then: locks orders ACCESS EXCLUSIVE
-- then: rewrites orders

-- operation: type_of_a_key_that_is_referenced
-- The foreign key is checked again.
ALTER TABLE orders ALTER COLUMN id TYPE bigint;
-- then: locks orders ACCESS EXCLUSIVE, invoices ACCESS EXCLUSIVE
-- then: rewrites orders
-- then: scans orders, invoices

-- operation: type_in_a_partitioned_table
ALTER TABLE measurements ALTER COLUMN value TYPE bigint;
-- then: locks measurements ACCESS EXCLUSIVE
-- then: locks measurements_2024 ACCESS EXCLUSIVE, measurements_2025 ACCESS EXCLUSIVE
-- then: rewrites measurements_2024, measurements_2025

-- operation: type_of_a_column_with_a_check
-- given:
ALTER TABLE samples ADD CONSTRAINT is_short CHECK (length(bounded) < 50);
-- when:
ALTER TABLE samples ALTER COLUMN bounded TYPE varchar(40);
-- then: locks samples ACCESS EXCLUSIVE
-- then: scans samples
