-- expect: not_reversed
-- expect: ~ column public.parcels.weight: not null `true` → none
-- migrate:up
ALTER TABLE parcels DROP COLUMN weight;

-- migrate:down
ALTER TABLE parcels ADD COLUMN weight numeric(8, 3) DEFAULT 1;
COMMENT ON COLUMN parcels.weight IS 'Kilograms';
CREATE INDEX parcels_weight_idx ON parcels (weight);
