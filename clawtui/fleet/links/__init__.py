"""The ways to hold a connection, one technology a file."""
