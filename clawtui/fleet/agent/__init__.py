"""Putting the agent on a host, keeping it current and taking it away: one probe, one upload, no internet and no pip there."""
