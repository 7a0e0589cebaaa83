"""Files to case and solution, and back."""
