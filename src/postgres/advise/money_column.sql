SELECT sql AS object, 'what it means depends on a setting (lc_monetary)' AS why,
    E'-- rewrites the table, which nobody can use meanwhile\n' || alter_sql || ' TYPE numeric;' AS fix
FROM columns WHERE type = 'money'::regtype
