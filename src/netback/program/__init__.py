"""Mathematical programs: build, solve, certify, diagnose. Knows nothing of oil."""
