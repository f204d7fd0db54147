"""The invented township: for demonstration and for tests.  Nobody in it exists, and nothing is tuned to it."""
