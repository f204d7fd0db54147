"""② Review: blind sheets out, ratings in, one fair panel limit a household, and what is known of each member."""
