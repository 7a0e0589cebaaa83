"""Many cases: what a crude is worth by volume, how wide that number is, and which input decides it."""
