"""The link over the system's own ssh: one master a host, spoken to by its multiplexing protocol.

For hosts whose ssh_config asks for what the asyncssh link cannot honour. A command costs no process here:
the master is handed three pipes over its control socket, as `ssh -S` would do it.
"""
