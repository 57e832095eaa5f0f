"""The tiers of history: how fine each is, and what it keeps of every column."""

from __future__ import annotations

SECONDS, MINUTES, HOURS, TOP = "1s", "1m", "1h", "top"
STEPS = {SECONDS: 1, MINUTES: 60, HOURS: 3600, TOP: 10}
PARTS = {SECONDS: 1, MINUTES: 3, HOURS: 3}  # the value itself, or least, mean and most
