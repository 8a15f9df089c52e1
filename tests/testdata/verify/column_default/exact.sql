-- migrate:up
ALTER TABLE jobs ALTER COLUMN state DROP DEFAULT;

-- migrate:down
ALTER TABLE jobs ALTER COLUMN state SET DEFAULT 'new';
