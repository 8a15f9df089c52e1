-- Types, domains, sequences and functions: only a domain's constraint reads the tables that use it.

-- operation: add_enum_value
ALTER TYPE order_state ADD VALUE 'sent';
-- then: nothing

-- operation: rename_enum_value
ALTER TYPE order_state RENAME VALUE 'paid' TO 'settled';
-- then: nothing

-- operation: create_type
CREATE TYPE currency AS ENUM ('EUR', 'USD');
-- then: nothing

-- operation: add_domain_constraint
ALTER DOMAIN quantity ADD CONSTRAINT is_positive CHECK (VALUE > 0);
-- then: locks orders SHARE, samples SHARE
-- then: scans orders, samples

-- operation: add_domain_constraint_not_valid
ALTER DOMAIN quantity ADD CONSTRAINT is_positive CHECK (VALUE > 0) NOT VALID;
-- then: nothing

-- operation: validate_domain_constraint
-- given:
ALTER DOMAIN quantity ADD CONSTRAINT is_positive CHECK (VALUE > 0) NOT VALID;
-- when:
ALTER DOMAIN quantity VALIDATE CONSTRAINT is_positive;
-- then: locks orders SHARE, samples SHARE
-- then: scans orders, samples

-- operation: domain_set_not_null
ALTER DOMAIN quantity SET NOT NULL;
-- then: locks orders SHARE, samples SHARE
-- then: scans orders, samples

-- operation: drop_domain_constraint
-- given:
ALTER DOMAIN quantity ADD CONSTRAINT is_positive CHECK (VALUE > 0) NOT VALID;
-- when:
ALTER DOMAIN quantity DROP CONSTRAINT is_positive;
-- then: nothing

-- operation: create_function
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
-- then: nothing

-- operation: replace_function
CREATE OR REPLACE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';
-- then: nothing

-- operation: create_schema
CREATE SCHEMA archive;
-- then: nothing

-- operation: create_sequence_of_a_column
CREATE SEQUENCE more_tickets OWNED BY customers.id;
-- then: locks customers ACCESS SHARE

-- operation: alter_sequence
ALTER SEQUENCE tickets INCREMENT 10;
-- then: locks tickets SHARE ROW EXCLUSIVE

-- operation: restart_sequence
ALTER SEQUENCE tickets RESTART WITH 1000;
-- then: locks tickets SHARE ROW EXCLUSIVE

-- operation: drop_sequence
DROP SEQUENCE tickets;
-- then: locks tickets ACCESS EXCLUSIVE
