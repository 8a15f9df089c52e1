-- migrate:up
CREATE TABLE rectangles (a int, b int, area int GENERATED ALWAYS AS (a * b) STORED);

-- migrate:down
DROP TABLE rectangles;
