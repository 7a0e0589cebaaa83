"""Assay sheets as sellers publish them, read into assays."""
