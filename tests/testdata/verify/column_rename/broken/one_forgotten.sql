-- expect: not_reversed
-- expect: - column public.pets.kidn
-- expect: + column public.pets.kind
-- migrate:up
ALTER TABLE pets RENAME COLUMN nme TO name;
ALTER TABLE pets RENAME COLUMN kidn TO kind;

-- migrate:down
ALTER TABLE pets RENAME COLUMN name TO nme;
