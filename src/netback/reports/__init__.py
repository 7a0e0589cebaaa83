"""Pages that open without a network. Read results and figures only."""
