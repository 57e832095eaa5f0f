"""Where hosts are written down, one format a file."""
