"""① Import: what a village sends becomes a clean roster, and every row of it is accounted for."""
