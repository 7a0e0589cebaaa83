"""Local search for programs with product terms: good feasible points fast, without any claim of a bound."""
