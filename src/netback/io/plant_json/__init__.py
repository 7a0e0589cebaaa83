"""Plants as sets and parameters, in the layout of Du et al. (arXiv:2503.22057), to cases."""
