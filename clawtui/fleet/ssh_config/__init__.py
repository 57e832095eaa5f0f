"""The parts of reading an OpenSSH client configuration; `inventory/ssh_config.py` makes hosts of what they find."""
