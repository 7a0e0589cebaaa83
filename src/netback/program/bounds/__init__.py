"""Bounds on programs with product terms: relaxations, range reduction, branch and bound, and arithmetic that is safe."""
