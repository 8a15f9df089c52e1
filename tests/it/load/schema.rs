//! A schema with every sort of index, key and foreign key: what can be put off, and what can't.

/// All of it can be put off, of whatever is empty.
pub const PUT_OFF: &str = r#"
CREATE SCHEMA "Odd schema";
CREATE TABLE a (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL CONSTRAINT "a code's key" UNIQUE DEFERRABLE INITIALLY DEFERRED,
    other int,
    "Odd ""column" text,
    UNIQUE (other) INCLUDE (code) WITH (fillfactor = 70),
    CHECK (other > 0)
);
COMMENT ON CONSTRAINT a_pkey ON a IS 'it''s the key \ of a';
COMMENT ON INDEX a_pkey IS 'and its index';
CREATE INDEX a_expression ON a (lower(code) DESC NULLS LAST, other) INCLUDE (id) WITH (fillfactor = 50) WHERE other > 3;
ALTER INDEX a_expression ALTER COLUMN 1 SET STATISTICS 700;
CREATE UNIQUE INDEX a_partial ON a (code COLLATE "C" text_pattern_ops) WHERE other IS NULL;
CREATE INDEX "Odd "" index" ON a USING gin (to_tsvector('simple', "Odd ""column"));
COMMENT ON INDEX "Odd "" index" IS 'odd';
CREATE INDEX a_hash ON a USING hash (other);
CREATE INDEX a_brin ON a USING brin (id int8_minmax_multi_ops (values_per_range = 16)) WITH (pages_per_range = 4);
CREATE INDEX a_other ON a (other, id);
ALTER TABLE a CLUSTER ON a_other;
CREATE TABLE "Odd schema"."Odd table" (
    one bigint REFERENCES a ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED,
    two int,
    three int,
    PRIMARY KEY (two, three),
    CONSTRAINT self FOREIGN KEY (two, three) REFERENCES "Odd schema"."Odd table",
    FOREIGN KEY (three) REFERENCES a (other) MATCH FULL
);
COMMENT ON CONSTRAINT self ON "Odd schema"."Odd table" IS 'to itself';
ALTER TABLE "Odd schema"."Odd table" ADD CONSTRAINT not_valid FOREIGN KEY (one) REFERENCES a NOT VALID;
CREATE UNLOGGED TABLE u (id int PRIMARY KEY, a int);
CREATE INDEX u_a ON u (a);
"#;

/// Nothing of the key and the indexes here can be put off, each for a reason of its own.
pub const STAYS: &str = "
CREATE TABLE by_others (id int PRIMARY KEY);
CREATE TABLE not_filled (id int REFERENCES by_others);
CREATE TABLE in_a_view (id int PRIMARY KEY, a text);
CREATE VIEW grouped AS SELECT id, a FROM in_a_view GROUP BY id;
CREATE TABLE identified (id int NOT NULL);
CREATE UNIQUE INDEX identified_id ON identified (id);
ALTER TABLE identified REPLICA IDENTITY USING INDEX identified_id;
CREATE TABLE published (id int PRIMARY KEY);
CREATE PUBLICATION p FOR TABLE published;
CREATE TABLE parted (id int PRIMARY KEY, a int) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE INDEX parted_a ON parted (a);
CREATE TABLE excluded (r int4range, EXCLUDE USING gist (r WITH &&));
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
CREATE TABLE with_code (a int);
CREATE INDEX with_code_f ON with_code (f(a));
CREATE TABLE off (id int REFERENCES by_others);
ALTER TABLE off DISABLE TRIGGER ALL;
";
