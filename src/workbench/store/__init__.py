"""Files in and out: the only package that opens data files (one of the three to read in a security review)."""
