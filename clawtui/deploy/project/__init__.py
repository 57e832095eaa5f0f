"""What a folder is found to be, so that a service.toml can be written for it: nothing in it is imported or run."""
