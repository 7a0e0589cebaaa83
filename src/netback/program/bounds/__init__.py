"""Bounds on programs with products: relaxations, range reduction, branch and bound, arithmetic that is safe."""
