-- migrate:up
ALTER TABLE guests DROP COLUMN phone;

-- migrate:down
-- A column that is added stands last, so the ones after it are made anew, too.
ALTER TABLE guests RENAME COLUMN room TO old_room;
ALTER TABLE guests ADD COLUMN phone text, ADD COLUMN room int;
UPDATE guests SET room = old_room;
ALTER TABLE guests DROP COLUMN old_room;
