SELECT count(*) FROM pg_sequence_last_value(CAST(:sequence AS regclass)) AS value WHERE value NOT BETWEEN :minimum AND :maximum
