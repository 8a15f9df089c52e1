-- migrate:up
DROP TRIGGER balances_sum ON balances;

-- migrate:down
CREATE CONSTRAINT TRIGGER balances_sum AFTER UPDATE ON balances DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION check_balances();
