-- migrate:up
CREATE FUNCTION touch_article() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END
$$;
CREATE TRIGGER articles_touched BEFORE UPDATE ON articles FOR EACH ROW EXECUTE FUNCTION touch_article();

-- migrate:down
DROP TRIGGER articles_touched ON articles;
DROP FUNCTION touch_article();
