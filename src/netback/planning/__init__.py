"""Which blocks make the planning problem, and how it is solved and certified."""
