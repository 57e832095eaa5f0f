"""The far side of a rollout: one host's part, carried out where it takes effect. Standard library and Python 3.6 only."""
