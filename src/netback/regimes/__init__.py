"""Law as data: what dated rules say of a trade, authority by authority."""
