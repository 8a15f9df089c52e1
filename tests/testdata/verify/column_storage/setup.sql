-- migrate:up
CREATE TABLE documents (body text);

-- migrate:down
DROP TABLE documents;
