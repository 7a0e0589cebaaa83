"""What the user states: table schemas, the frozen case, its horizon and checks."""
