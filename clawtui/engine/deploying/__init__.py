"""Rollouts on the engine's side: planned, set going, watched and given orders; the coordinator itself is a process of its own."""
