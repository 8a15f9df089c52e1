-- migrate:up
CREATE TABLE aliases (alias text CONSTRAINT aliases_alias_key UNIQUE);

-- migrate:down
DROP TABLE aliases;
