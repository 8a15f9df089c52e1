SELECT sql AS object, 'without a time zone, nobody knows which moment is meant' AS why,
    E'-- if the values are UTC; rewrites the table, which nobody can use meanwhile\n'
    || alter_sql || format(' TYPE timestamptz USING %s AT TIME ZONE ''UTC'';', name_sql) AS fix
FROM columns WHERE type = 'timestamp'::regtype
