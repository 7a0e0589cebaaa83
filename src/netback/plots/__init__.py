"""Figures. Read results only; matplotlib is imported when a figure is drawn."""
