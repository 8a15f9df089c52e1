count(*)::text, bit_xor(hash_record_extended(ROW (xmin, ctid), 0))::text
