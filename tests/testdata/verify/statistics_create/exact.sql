-- migrate:up
CREATE STATISTICS city_and_zip (dependencies) ON city, zip FROM addresses;

-- migrate:down
DROP STATISTICS city_and_zip;
