age(xmin) <= (SELECT age($1))
