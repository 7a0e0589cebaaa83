"""The petroleum core: boiling curves, cutting, blending rules, property correlations. Pure functions on arrays."""
