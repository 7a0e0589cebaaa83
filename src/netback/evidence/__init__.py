"""Who said it, and does it hold: sources, claims, calculations that put them to the test, and their verdicts."""
