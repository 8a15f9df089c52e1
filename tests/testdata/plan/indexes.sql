-- Indexes: a plain build keeps out writes for as long as it lasts, CONCURRENTLY keeps out nobody.

-- operation: create_index
CREATE INDEX customers_email_idx ON customers (email);
-- then: locks customers SHARE
-- then: builds customers_email_idx on customers

-- operation: create_unique_index
CREATE UNIQUE INDEX customers_email_idx ON customers (email);
-- then: locks customers SHARE
-- then: builds customers_email_idx on customers

-- operation: create_partial_index
-- It is small, but the whole table is read for it.
CREATE INDEX customers_best_idx ON customers (email) WHERE score = 99;
-- then: locks customers SHARE
-- then: builds customers_best_idx on customers

-- operation: create_index_on_an_expression
CREATE INDEX customers_email_idx ON customers (lower(email));
-- then: locks customers SHARE
-- then: builds customers_email_idx on customers

-- operation: create_index_gin
CREATE INDEX customers_words_idx ON customers USING gin (to_tsvector('simple', email));
-- then: locks customers SHARE
-- then: builds customers_words_idx on customers

-- operation: create_index_if_not_exists_that_exists
CREATE INDEX IF NOT EXISTS customers_name_idx ON customers (name);
-- then: locks customers SHARE

-- operation: create_index_concurrently
CREATE INDEX CONCURRENTLY customers_email_idx ON customers (email);
-- meanwhile: LOCK TABLE customers IN ROW EXCLUSIVE MODE
-- then: locks customers SHARE UPDATE EXCLUSIVE
-- then: builds customers_email_idx on customers

-- operation: create_unique_index_concurrently
CREATE UNIQUE INDEX CONCURRENTLY customers_email_idx ON customers (email);
-- meanwhile: LOCK TABLE customers IN ROW EXCLUSIVE MODE
-- then: locks customers SHARE UPDATE EXCLUSIVE
-- then: builds customers_email_idx on customers

-- operation: create_index_on_a_partitioned_table
CREATE INDEX measurements_value_idx ON measurements (value);
-- then: locks measurements SHARE, measurements_2024 SHARE, measurements_2025 SHARE
-- then: builds measurements_2024_value_idx on measurements_2024, measurements_2025_value_idx on measurements_2025

-- operation: create_index_on_only_a_partitioned_table
CREATE INDEX measurements_value_idx ON ONLY measurements (value);
-- then: locks measurements SHARE

-- operation: attach_an_index
-- given:
CREATE INDEX measurements_value_idx ON ONLY measurements (value);
CREATE INDEX measurements_2024_value_idx ON measurements_2024 (value);
-- when:
ALTER INDEX measurements_value_idx ATTACH PARTITION measurements_2024_value_idx;
-- then: locks measurements ACCESS SHARE, measurements_2024 ACCESS SHARE
-- then: locks measurements_2024_value_idx ACCESS EXCLUSIVE

-- operation: drop_index
DROP INDEX customers_name_idx;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: drop_index_concurrently
DROP INDEX CONCURRENTLY customers_name_idx;
-- meanwhile: LOCK TABLE customers IN ROW EXCLUSIVE MODE
-- then: locks customers SHARE UPDATE EXCLUSIVE

-- operation: drop_index_of_a_partitioned_table
-- given:
CREATE INDEX measurements_value_idx ON measurements (value);
-- when:
DROP INDEX measurements_value_idx;
-- then: locks measurements ACCESS EXCLUSIVE
-- then: locks measurements_2024 ACCESS EXCLUSIVE, measurements_2025 ACCESS EXCLUSIVE

-- operation: reindex_index
-- Readers lock every index of a table, and so wait for this one.
REINDEX INDEX customers_name_idx;
-- then: locks customers SHARE, customers_name_idx ACCESS EXCLUSIVE
-- then: builds customers_name_idx on customers

-- operation: reindex_table
REINDEX TABLE customers;
-- then: locks customers SHARE, customers_name_idx ACCESS EXCLUSIVE, customers_pkey ACCESS EXCLUSIVE
-- then: builds customers_name_idx on customers, customers_pkey on customers

-- operation: reindex_index_concurrently
REINDEX INDEX CONCURRENTLY customers_name_idx;
-- meanwhile: LOCK TABLE customers IN ROW EXCLUSIVE MODE
-- then: locks customers SHARE UPDATE EXCLUSIVE
-- then: builds customers_name_idx on customers

-- operation: reindex_table_concurrently
REINDEX TABLE CONCURRENTLY customers;
-- meanwhile: LOCK TABLE customers IN ROW EXCLUSIVE MODE
-- then: locks customers SHARE UPDATE EXCLUSIVE
-- then: builds customers_name_idx on customers, customers_pkey on customers

-- operation: rename_index
ALTER INDEX customers_name_idx RENAME TO customers_by_name;
-- then: nothing

-- operation: set_options_of_an_index
ALTER INDEX customers_name_idx SET (fillfactor = 80);
-- then: nothing
