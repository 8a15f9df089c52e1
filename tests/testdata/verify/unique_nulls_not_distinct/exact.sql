-- requires: 15
-- migrate:up
ALTER TABLE aliases DROP CONSTRAINT aliases_alias_key;
ALTER TABLE aliases ADD CONSTRAINT aliases_alias_key UNIQUE NULLS NOT DISTINCT (alias);

-- migrate:down
ALTER TABLE aliases DROP CONSTRAINT aliases_alias_key;
ALTER TABLE aliases ADD CONSTRAINT aliases_alias_key UNIQUE (alias);
