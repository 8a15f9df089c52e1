-- migrate:up
CREATE TABLE sensors (serial_number varchar(40), reading int);

-- migrate:down
DROP TABLE sensors;
