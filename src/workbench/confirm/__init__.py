"""④ Settle: sign-offs that count, the limit in force, decision sheets."""
