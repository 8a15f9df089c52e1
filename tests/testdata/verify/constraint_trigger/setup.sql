-- migrate:up
CREATE TABLE balances (amount int);
CREATE FUNCTION check_balances() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE CONSTRAINT TRIGGER balances_sum AFTER UPDATE ON balances DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION check_balances();

-- migrate:down
DROP TABLE balances;
DROP FUNCTION check_balances();
