-- migrate:up
INSERT INTO currencies VALUES ('EUR'), ('CHF');

-- migrate:down
DELETE FROM currencies WHERE code IN ('EUR', 'CHF');
