-- migrate:up
CREATE TABLE clicks (url text);

-- migrate:down
DROP TABLE clicks;
