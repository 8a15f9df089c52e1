-- migrate:up
CREATE TABLE attachments (content bytea);

-- migrate:down
DROP TABLE attachments;
