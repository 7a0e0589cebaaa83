"""Blocks of equations, one thing each: purchases, distillation, units, blends, inventory, sales, limits."""
