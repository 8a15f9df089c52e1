-- expect: not_reversed
-- expect: ~ column public.clicks.url: statistics none → `100`
-- migrate:up
ALTER TABLE clicks ALTER COLUMN url SET STATISTICS 1000, ALTER COLUMN url SET (n_distinct = -0.5);

-- migrate:down
ALTER TABLE clicks ALTER COLUMN url SET STATISTICS 100, ALTER COLUMN url RESET (n_distinct);
