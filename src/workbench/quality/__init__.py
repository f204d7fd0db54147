"""The data-quality gate: suites of expectations, what they found, and the pages that show it."""
