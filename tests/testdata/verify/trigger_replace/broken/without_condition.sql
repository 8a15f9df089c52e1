-- expect: not_reversed
-- expect: ~ trigger stock_checked on public.stock: definition
-- migrate:up
DROP TRIGGER stock_checked ON stock;

-- migrate:down
CREATE TRIGGER stock_checked BEFORE UPDATE OF amount ON stock FOR EACH ROW
    EXECUTE FUNCTION suppress_redundant_updates_trigger();
COMMENT ON TRIGGER stock_checked ON stock IS 'Nothing below zero';
