-- expect: not_reversed
-- expect: ~ constraint aliases_alias_key on public.aliases: definition `UNIQUE (alias)` → `UNIQUE NULLS NOT DISTINCT (alias)`
-- migrate:up
ALTER TABLE aliases DROP CONSTRAINT aliases_alias_key;
ALTER TABLE aliases ADD CONSTRAINT aliases_alias_key UNIQUE NULLS NOT DISTINCT (alias);

-- migrate:down
DELETE FROM aliases WHERE alias IS NULL;
