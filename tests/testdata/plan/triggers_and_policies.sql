-- Triggers, rules and policies.

-- operation: create_trigger
CREATE TRIGGER customers_keep BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION keep();
-- then: locks customers SHARE ROW EXCLUSIVE

-- operation: replace_trigger
-- given:
CREATE TRIGGER customers_keep BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION keep();
-- when:
CREATE OR REPLACE TRIGGER customers_keep BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION keep();
-- then: locks customers SHARE ROW EXCLUSIVE

-- operation: drop_trigger
-- given:
CREATE TRIGGER customers_keep BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION keep();
-- when:
DROP TRIGGER customers_keep ON customers;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: rename_trigger
-- given:
CREATE TRIGGER customers_keep BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION keep();
-- when:
ALTER TRIGGER customers_keep ON customers RENAME TO customers_kept;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: disable_triggers
-- given:
CREATE TRIGGER customers_keep BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION keep();
-- when:
ALTER TABLE customers DISABLE TRIGGER customers_keep;
-- then: locks customers SHARE ROW EXCLUSIVE

-- operation: create_trigger_on_a_partitioned_table
CREATE TRIGGER measurements_keep BEFORE UPDATE ON measurements FOR EACH ROW EXECUTE FUNCTION keep();
-- then: locks measurements SHARE ROW EXCLUSIVE
-- then: locks measurements_2024 SHARE ROW EXCLUSIVE, measurements_2025 SHARE ROW EXCLUSIVE

-- operation: enable_row_security
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: force_row_security
ALTER TABLE customers FORCE ROW LEVEL SECURITY;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: create_policy
CREATE POLICY all_of_them ON customers USING (true);
-- then: locks customers ACCESS EXCLUSIVE

-- operation: alter_policy
-- given:
CREATE POLICY all_of_them ON customers USING (true);
-- when:
ALTER POLICY all_of_them ON customers USING (score > 0);
-- then: locks customers ACCESS EXCLUSIVE

-- operation: drop_policy
-- given:
CREATE POLICY all_of_them ON customers USING (true);
-- when:
DROP POLICY all_of_them ON customers;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: create_rule
CREATE RULE nothing AS ON DELETE TO customers DO INSTEAD NOTHING;
-- then: locks customers ACCESS EXCLUSIVE
