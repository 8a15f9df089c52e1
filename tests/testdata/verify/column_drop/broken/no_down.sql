-- expect: irreversible
-- migrate:up
ALTER TABLE parcels DROP COLUMN weight;
