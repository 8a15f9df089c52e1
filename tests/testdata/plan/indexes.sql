-- Indexes.

-- operation: create_index
CREATE INDEX customers_email_idx ON customers (email);
-- then: locks customers SHARE
-- then: builds customers_email_idx on customers

-- operation: create_index_concurrently
CREATE INDEX CONCURRENTLY customers_email_idx ON customers (email);
-- meanwhile: LOCK TABLE customers IN ROW EXCLUSIVE MODE
-- then: locks customers SHARE UPDATE EXCLUSIVE
-- then: builds customers_email_idx on customers

-- operation: reindex_index
REINDEX INDEX customers_name_idx;
-- then: locks customers SHARE, customers_name_idx ACCESS EXCLUSIVE
-- then: builds customers_name_idx on customers

-- operation: create_index_on_a_partitioned_table
CREATE INDEX measurements_value_idx ON measurements (value);
-- then: locks measurements SHARE, measurements_2024 SHARE, measurements_2025 SHARE
-- then: builds measurements_2024_value_idx on measurements_2024, measurements_2025_value_idx on measurements_2025
