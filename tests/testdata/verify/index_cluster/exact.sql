-- migrate:up
ALTER TABLE maps CLUSTER ON maps_area_idx;

-- migrate:down
ALTER TABLE maps SET WITHOUT CLUSTER;
