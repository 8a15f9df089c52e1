-- migrate:up
ALTER TABLE lorries INHERIT vehicles;

-- migrate:down
ALTER TABLE lorries NO INHERIT vehicles;
