-- expect: not_reversed
-- expect: ~ trigger stock_checked on public.stock: comment `Nothing below zero` → none
-- migrate:up
DROP TRIGGER stock_checked ON stock;

-- migrate:down
CREATE TRIGGER stock_checked BEFORE UPDATE OF amount ON stock FOR EACH ROW
    WHEN (NEW.amount < 0) EXECUTE FUNCTION suppress_redundant_updates_trigger();
