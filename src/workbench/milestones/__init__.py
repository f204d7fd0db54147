"""Around the steps: targets by date, coverage, usage, filing, course, standing."""
