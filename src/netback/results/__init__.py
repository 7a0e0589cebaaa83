"""Named result tables with uom, economics and explanation."""
