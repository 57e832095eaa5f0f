"""The tables of a service.toml, one file each, and what must hold between them."""
