-- migrate:up
ALTER EVENT TRIGGER drops_watched DISABLE;

-- migrate:down
ALTER EVENT TRIGGER drops_watched ENABLE;
