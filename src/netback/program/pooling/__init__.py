"""Pooling problems: what they are, how they read as programs with product terms, and an independent check."""
