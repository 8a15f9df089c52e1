-- migrate:up
CREATE TABLE imports (line text);
CREATE TRIGGER imports_checked BEFORE UPDATE ON imports
    FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE TRIGGER imports_quiet BEFORE UPDATE ON imports
    FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();

-- migrate:down
DROP TABLE imports;
