"""Programs that fall into blocks once a few linking columns are fixed: found, bounded and solved block by block."""
