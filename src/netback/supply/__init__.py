"""Ships, routes and cargoes."""
