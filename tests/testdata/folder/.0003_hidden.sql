Not SQL, and no matter: hidden.
