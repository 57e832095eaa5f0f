"""What each word on the command line does with an agent."""

from __future__ import annotations

import gc
import os
import time

from clawtui_agent.agent import Agent
from clawtui_agent.config import Config
from clawtui_agent.server import Occupied
from clawtui_agent.subscriber import Subscriber

EX_OURS, EX_CONFIG = 70, 78


def run(config: Config, path: str) -> int:
    """The service: rings, socket, until it is told to stop."""
    agent = Agent(config, path)
    try:
        agent.serve()
    except Occupied as error:
        os.write(2, f"clawtui-agent: {error}\n".encode())
        return EX_CONFIG
    if config.state:
        agent.keep()
    gc.collect()
    gc.freeze()  # what lives now lives for ever: the collector need not look at it again
    try:
        agent.run()
    finally:
        agent.close()
    return 0


def once(config: Config) -> int:
    """Rates need two looks, so this takes a second."""
    agent = Agent(config)
    agent.tick(int(time.time()), 0.0)
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        agent.loop.turn(until - time.monotonic())
    line = agent.tick(int(time.time()), 0.0, everything=True)
    os.write(1, agent.hello() + line)
    return 0


def follow(config: Config) -> int:
    """The agent for the life of a connection: no rings, no socket; requests are read from standard input."""
    agent = Agent(config)
    if not os.isatty(1):
        os.set_blocking(1, False)
    subscriber = Subscriber(agent.loop, 0, 1, agent.heard)

    def left(_: Subscriber) -> None:
        agent.loop.running = False

    subscriber.closed = left
    agent.direct.append(subscriber)
    subscriber.begin(1)
    agent.heed_signals()
    try:
        agent.run()
    finally:
        agent.close()
    return 0
