-- expect: not_reversed
-- expect: ~ index cities_name_idx on public.cities: comment none → `For the search`
-- migrate:up
ALTER INDEX cities_name_idx SET (fillfactor = 60);
COMMENT ON INDEX cities_name_idx IS 'For the search';

-- migrate:down
ALTER INDEX cities_name_idx RESET (fillfactor);
