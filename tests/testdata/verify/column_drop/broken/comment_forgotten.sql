-- expect: not_reversed
-- expect: ~ column public.parcels.weight: comment `Kilograms` → none
-- migrate:up
ALTER TABLE parcels DROP COLUMN weight;

-- migrate:down
ALTER TABLE parcels ADD COLUMN weight numeric(8, 3) NOT NULL DEFAULT 1;
CREATE INDEX parcels_weight_idx ON parcels (weight);
