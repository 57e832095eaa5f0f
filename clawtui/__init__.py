"""clawtui: one terminal for a whole fleet of hosts that serve a model or a bot."""

__version__ = "0.1.0"
