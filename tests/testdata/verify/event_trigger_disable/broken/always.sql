-- expect: not_reversed
-- expect: ~ event trigger drops_watched: enabled `yes` → `always`
-- migrate:up
ALTER EVENT TRIGGER drops_watched DISABLE;

-- migrate:down
ALTER EVENT TRIGGER drops_watched ENABLE ALWAYS;
