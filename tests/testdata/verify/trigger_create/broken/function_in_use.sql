-- expect: down_fails
-- expect: cannot drop function touch_article() because other objects depend on it
-- migrate:up
CREATE FUNCTION touch_article() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END
$$;
CREATE TRIGGER articles_touched BEFORE UPDATE ON articles FOR EACH ROW EXECUTE FUNCTION touch_article();

-- migrate:down
DROP FUNCTION touch_article();
