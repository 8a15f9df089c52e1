-- migrate:up
CREATE TABLE suppliers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL DEFAULT 'unknown',
    country char(2) CHECK (country = upper(country))
);
CREATE INDEX suppliers_name_idx ON suppliers (name);
CREATE TRIGGER suppliers_quiet BEFORE UPDATE ON suppliers
    FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
COMMENT ON TABLE suppliers IS 'Who sells to us';
COMMENT ON COLUMN suppliers.country IS 'ISO 3166';
GRANT SELECT ON suppliers TO pg_monitor;

-- migrate:down
DROP TABLE suppliers;
