"""What the rows of a program say about its columns: which are one and the same, which balances meet in products."""
