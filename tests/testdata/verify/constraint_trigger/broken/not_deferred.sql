-- expect: not_reversed
-- expect: ~ trigger balances_sum on public.balances: definition
-- migrate:up
DROP TRIGGER balances_sum ON balances;

-- migrate:down
CREATE CONSTRAINT TRIGGER balances_sum AFTER UPDATE ON balances DEFERRABLE
    FOR EACH ROW EXECUTE FUNCTION check_balances();
