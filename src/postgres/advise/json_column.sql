SELECT sql AS object, 'it is parsed at each look, and a GIN index cannot search it' AS why,
    E'-- rewrites the table, which nobody can use meanwhile\n' || alter_sql || ' TYPE jsonb;' AS fix
FROM columns WHERE type = 'json'::regtype
