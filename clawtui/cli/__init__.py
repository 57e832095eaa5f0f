"""The command line: one verb a file. `VERBS` is the only list of them; a verb's module is imported when it is called.

A verb's module has two functions, `arguments(parser)` and `run(call) -> int` (see `clawtui.cli.call`).
"""

VERBS: dict[str, str] = {
    "demo": "a fleet on this machine with load and incidents: see clawtui at work without one of your own",
    "status": "what state every host is in, and why",
    "hosts": "the hosts of a context as the fleet file describes them; connects to nothing",
    "run": "run a command on hosts and group identical answers",
    "cp": "copy files and folders to and from hosts, checked, resumed where a line was cut",
    "trust": "vouch for keys of hosts: by eye, from a file, an authority or DNS; replace those of hosts built anew",
    "doctor": "what stands between you and a host, step by step, each with its remedy",
    "agent": "install, upgrade, look at or remove the agent",
    "install": "clawtui itself on a bastion or controller, with all it stands on, without internet there",
    "init": "look at a project and write the service.toml that deploys it as it is",
    "forward": "a port of this machine that leads to one on a host, until ctrl+c",
    "deploy": "a release from a folder to hosts, in waves, watched, with a way back at every moment",
    "service": "start, stop, restart, drain or undrain a service on hosts, in waves",
    "shell": "an interactive shell on a host",
    "config": "where things lie and what every setting is, with its origin",
    "bundle": "a support bundle without secrets, to pass on",
    "completion": "completion for bash, zsh or fish",
    "man": "the manual page",
    "version": "versions of clawtui and of what it stands on",
}
