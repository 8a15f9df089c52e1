-- migrate:up
CREATE TABLE stamps (day date);
CREATE TABLE old_stamps (day date);
CREATE PROCEDURE add_stamp(day date)
BEGIN ATOMIC
    INSERT INTO stamps VALUES (day);
END;

-- migrate:down
DROP PROCEDURE add_stamp(date);
DROP TABLE old_stamps;
DROP TABLE stamps;
