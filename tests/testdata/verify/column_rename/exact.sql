-- migrate:up
ALTER TABLE pets RENAME COLUMN nme TO name;
ALTER TABLE pets RENAME COLUMN kidn TO kind;

-- migrate:down
ALTER TABLE pets RENAME COLUMN kind TO kidn;
ALTER TABLE pets RENAME COLUMN name TO nme;
