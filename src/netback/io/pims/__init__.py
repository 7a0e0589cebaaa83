"""Workbooks in the layout of PIMS tables, read into cases."""
