"""Texts that a release puts on a host, from spec and release. Pure."""

import shlex
from collections.abc import Mapping

from clawtui.deploy.placeholders import filled
from clawtui.deploy.spec import Run, Spec, takes
from clawtui.deploy.unit_words import line, word

UNITS = "/etc/systemd/system"
NGINX_GROUP = "www-data"


def unit_name(service: str, release: str) -> str:
    """One concrete unit a release, so that going back rewrites nothing."""
    return f"clawtui-{service}@{release}.service"


def values(spec: Spec, release: str, python: str, port: int, artifacts: Mapping[str, str]) -> dict[str, str]:
    """What the placeholders stand for on a host."""
    return {
        "socket": f"{spec.place}/shared/run/{release}.sock",
        "port": str(port),
        "release": release,
        "app": f"{spec.place}/releases/{release}/app",
        "shared": f"{spec.place}/shared",
        "python": python,
        **{f"artifact.{name}": path for name, path in artifacts.items()},
    }


def unit(spec: Spec, run: Run, release: str, named: Mapping[str, str]) -> str:
    """The systemd unit of one release."""
    group = (f"Group={NGINX_GROUP}",) if spec.proxy else ()
    secrets = (f"EnvironmentFile={spec.place}/shared/env/{release}.env",) if spec.secrets else ()
    # what a process that was killed or a reboot left there would keep the next one from listening
    stale = (f"ExecStartPre=+/bin/rm -f {named['socket']}",) if takes(run, "socket") else ()
    limits = (
        *((f"MemoryMax={run.memory}",) if run.memory else ()),
        *((f"CPUQuota={run.cpu * 100:g}%",) if run.cpu else ()),
    )
    return "\n".join(
        (
            "[Unit]",
            f"Description={spec.name} {release}",
            "After=network-online.target",
            "Wants=network-online.target",
            "",
            "[Service]",
            f"User={run.user}",
            *group,
            "UMask=0007",
            f"WorkingDirectory={named['app']}",
            *stale,
            f"ExecStart={line([filled(one, named) for one in shlex.split(run.command)])}",
            *(f"Environment={word(f'{name}={filled(value, named)}')}" for name, value in sorted(run.env.items())),
            *secrets,
            "Restart=on-failure",
            "RestartSec=1",
            f"TimeoutStopSec={run.stop_s:g}",
            f"LimitNOFILE={run.files}",
            *limits,
            "",
            "[Install]",
            "WantedBy=multi-user.target",
            "",
        )
    )
