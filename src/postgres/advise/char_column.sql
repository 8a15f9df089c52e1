SELECT sql AS object, format('%s is filled up with blanks, text is not', type_sql) AS why,
    E'-- rewrites the table, which nobody can use meanwhile\n' || alter_sql || ' TYPE text;' AS fix
FROM columns WHERE type = 'bpchar'::regtype
