-- expect: not_reversed
-- expect: ~ index cities_name_idx on public.cities: definition
-- migrate:up
ALTER INDEX cities_name_idx SET (fillfactor = 60);
COMMENT ON INDEX cities_name_idx IS 'For the search';

-- migrate:down
COMMENT ON INDEX cities_name_idx IS NULL;
