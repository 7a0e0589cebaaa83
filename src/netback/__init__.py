"""Netback: what a barrel is worth, whether it may and can move, how sure we are, and on whose word."""

__version__ = "0.1.0"
