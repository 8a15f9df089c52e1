-- migrate:up
ALTER INDEX hats_size_idx DEPENDS ON EXTENSION plpgsql;

-- migrate:down
ALTER INDEX hats_size_idx NO DEPENDS ON EXTENSION plpgsql;
