-- migrate:up
CREATE TABLE maps (id int PRIMARY KEY, area int);
CREATE INDEX maps_area_idx ON maps (area);

-- migrate:down
DROP TABLE maps;
