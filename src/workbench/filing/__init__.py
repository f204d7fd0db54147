"""③ On site: visits, corrections, photographs (keyed digest, never the picture)."""
