"""A fleet on this machine: local hosts with a real SSH server, a real agent and a model server each, load and incidents."""
