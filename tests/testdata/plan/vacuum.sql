-- operation: vacuum
VACUUM (FREEZE) customers;
-- meanwhile: DECLARE reader CURSOR FOR SELECT FROM customers; FETCH reader
-- then: locks customers SHARE UPDATE EXCLUSIVE

-- operation: vacuum_full
-- given:
CREATE FUNCTION gate(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT pg_advisory_xact_lock_shared(1); SELECT $1';
CREATE INDEX customers_gate_idx ON customers (gate(id)) WHERE id = 1;
-- meanwhile: SELECT pg_advisory_xact_lock(1)
-- when:
VACUUM FULL customers;
-- then: locks customers ACCESS EXCLUSIVE
-- then: rewrites customers

-- operation: update_all
UPDATE customers SET score = 1;
-- then: locks customers ROW EXCLUSIVE
-- then: scans customers
-- then: changes customers
