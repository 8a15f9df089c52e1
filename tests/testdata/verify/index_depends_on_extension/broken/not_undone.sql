-- expect: not_reversed
-- expect: ~ index hats_size_idx on public.hats: depends on extensions + `plpgsql`
-- migrate:up
ALTER INDEX hats_size_idx DEPENDS ON EXTENSION plpgsql;

-- migrate:down
COMMENT ON TABLE hats IS NULL;
