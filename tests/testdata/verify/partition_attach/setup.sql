-- migrate:up
CREATE TABLE visits (page text, at date) PARTITION BY RANGE (at);
CREATE INDEX visits_page_idx ON visits (page);
CREATE TABLE visits_2026 (page text, at date);

-- migrate:down
DROP TABLE visits_2026;
DROP TABLE visits;
