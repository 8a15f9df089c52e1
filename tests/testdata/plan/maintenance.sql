-- Maintenance.

-- operation: vacuum
-- The open cursor holds the page that is to be frozen.
VACUUM (FREEZE) customers;
-- meanwhile: DECLARE reader CURSOR FOR SELECT FROM customers; FETCH reader
-- then: locks customers SHARE UPDATE EXCLUSIVE

-- operation: vacuum_full
-- given:
-- The function stops the build of the index, and with it the whole.
CREATE FUNCTION gate(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT pg_advisory_xact_lock_shared(1); SELECT $1';
CREATE INDEX customers_gate_idx ON customers (gate(id)) WHERE id = 1;
-- meanwhile: SELECT pg_advisory_xact_lock(1)
-- when:
VACUUM FULL customers;
-- then: locks customers ACCESS EXCLUSIVE
-- then: rewrites customers

-- operation: cluster
CLUSTER customers USING customers_pkey;
-- then: locks customers ACCESS EXCLUSIVE
-- then: rewrites customers

-- operation: analyze
-- Only a sample is read.
ANALYZE customers;
-- then: locks customers SHARE UPDATE EXCLUSIVE
