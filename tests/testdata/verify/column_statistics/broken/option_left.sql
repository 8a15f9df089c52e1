-- expect: not_reversed
-- expect: ~ column public.clicks.url: options + `n_distinct=-0.5`
-- migrate:up
ALTER TABLE clicks ALTER COLUMN url SET STATISTICS 1000, ALTER COLUMN url SET (n_distinct = -0.5);

-- migrate:down
ALTER TABLE clicks ALTER COLUMN url SET STATISTICS -1;
