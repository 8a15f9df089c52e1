-- migrate:up
CREATE TABLE parcels (id int, weight numeric(8, 3) NOT NULL DEFAULT 1);
COMMENT ON COLUMN parcels.weight IS 'Kilograms';
CREATE INDEX parcels_weight_idx ON parcels (weight);

-- migrate:down
DROP TABLE parcels;
