"""clawtui itself on a bastion or controller: its wheel and all that it stands on, carried over SSH, no internet there."""
