-- migrate:up
DROP PROCEDURE add_stamp(date);

-- migrate:down
CREATE PROCEDURE add_stamp(day date)
BEGIN ATOMIC
    INSERT INTO stamps VALUES (day);
END;
