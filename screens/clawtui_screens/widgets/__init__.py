"""What screens are made of; each widget knows values, none knows the engine."""
