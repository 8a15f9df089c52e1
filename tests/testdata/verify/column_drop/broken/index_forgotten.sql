-- expect: not_reversed
-- expect: - index parcels_weight_idx on public.parcels
-- migrate:up
ALTER TABLE parcels DROP COLUMN weight;

-- migrate:down
ALTER TABLE parcels ADD COLUMN weight numeric(8, 3) NOT NULL DEFAULT 1;
COMMENT ON COLUMN parcels.weight IS 'Kilograms';
