-- expect: not_reversed
-- expect: ~ server weather: options + `port=81`
-- migrate:up
ALTER SERVER weather OPTIONS (SET host 'new.example.com', ADD port '81');
ALTER SERVER weather VERSION '2';
CREATE USER MAPPING FOR CURRENT_USER SERVER weather;

-- migrate:down
DROP USER MAPPING FOR CURRENT_USER SERVER weather;
ALTER SERVER weather VERSION '1';
ALTER SERVER weather OPTIONS (SET host 'old.example.com');
