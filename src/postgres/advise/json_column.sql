SELECT sql AS object, 'it is parsed at each look, and no index searches it as one does jsonb' AS why,
    E'-- rewrites the table, which nobody can use meanwhile\n' || alter_sql || ' TYPE jsonb;' AS fix
FROM columns WHERE type = 'json'::regtype
