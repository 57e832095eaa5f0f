"""From a folder on this machine to a fleet that serves it, with a way back at every moment."""
