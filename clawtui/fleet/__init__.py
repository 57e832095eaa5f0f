"""Hosts, how they are named, found and reached."""
