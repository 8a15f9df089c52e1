-- migrate:up
CREATE SUBSCRIPTION head_office CONNECTION 'host=192.0.2.1' PUBLICATION prices WITH (connect = false, slot_name = NONE);

-- migrate:down transaction:false
DROP SUBSCRIPTION head_office;
