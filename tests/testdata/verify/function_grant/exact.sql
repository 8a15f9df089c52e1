-- migrate:up
REVOKE EXECUTE ON FUNCTION secret_number() FROM PUBLIC;

-- migrate:down
GRANT EXECUTE ON FUNCTION secret_number() TO PUBLIC;
