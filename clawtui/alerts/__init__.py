"""Rules and what they say about a host now."""
