-- expect: not_reversed
-- expect: ~ procedure public.add_stamp(date): body
-- migrate:up
DROP PROCEDURE add_stamp(date);

-- migrate:down
CREATE PROCEDURE add_stamp(day date)
BEGIN ATOMIC
    INSERT INTO old_stamps VALUES (day);
END;
