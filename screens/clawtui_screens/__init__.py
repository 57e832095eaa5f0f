"""The face of clawtui: Textual screens over the engine boundary."""
