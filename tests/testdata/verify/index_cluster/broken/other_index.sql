-- expect: not_reversed
-- expect: ~ index maps_pkey on public.maps: clustered none → `true`
-- migrate:up
ALTER TABLE maps CLUSTER ON maps_area_idx;

-- migrate:down
ALTER TABLE maps CLUSTER ON maps_pkey;
