-- migrate:up
CREATE TABLE articles (updated_at timestamptz);

-- migrate:down
DROP TABLE articles;
