"""④ The bank: what its model would give each household, with which certainty, and why."""
