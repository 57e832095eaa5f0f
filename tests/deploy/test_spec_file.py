"""service.toml: the example is the schema, what is said is what is read, and every mistake is named at once."""

import re
from pathlib import Path

import pytest

from clawtui.deploy.spec import Artifact, Replace, Rewrite, Secret, Spec, Tls, Wheels
from clawtui.deploy.spec_file import KEYS, read_spec
from clawtui.errors import ConfigError, Mistakes
from tests.deploy.project import EXAMPLE, LEAST, folder


def read(path: Path, text: str) -> Spec:
    (folder(path) / "service.toml").write_text(text)
    return read_spec(path)


def wrong(path: Path, text: str) -> list[str]:
    """What is said of it, without the folder's name."""
    with pytest.raises(Mistakes) as caught:
        read(path, text)
    return [str(one).replace(f"{path}/", "") for one in caught.value.each]


def example_keys() -> set[tuple[str, str]]:
    """Table and key, those behind a # too."""
    found, table = set[tuple[str, str]](), ""
    for line in EXAMPLE.read_text().splitlines():
        if header := re.match(r"\[+([a-z._]+)\]+", line):
            table = header[1]
            parent, _, name = table.rpartition(".")
            found.add((parent, name))
        elif key := re.match(r"(?:# )?([a-z0-9_]+) = ", line):
            found.add((table, key[1]))
    return found


def test_the_example_has_every_key_and_no_other() -> None:
    ours = {(table, key) for table, keys in KEYS.items() for key in keys}
    assert {(table, key) for table, key in example_keys() if table != "secrets"} == ours


def test_the_example_is_right_and_means_what_it_says(tmp_path: Path) -> None:
    spec = read(tmp_path, EXAMPLE.read_text())
    assert spec.run is not None
    assert spec.proxy is not None
    assert spec.health.golden is not None
    assert (spec.name, spec.hosts, spec.source, spec.place) == ("bot", "@web", tmp_path, "/srv/clawtui/bot")
    assert spec.environment.lock == tmp_path / "requirements.lock"
    assert spec.artifacts[0].path == "models/bot.onnx"
    assert (spec.run.memory, spec.run.cpu, spec.run.stop_s) == (2 * 2**30, 1.5, 30.0)
    assert spec.secrets[0] == Secret("API_KEY", env="BOT_API_KEY")
    assert spec.proxy.rewrites == (Rewrite("/v1/", "/"),)
    assert (spec.proxy.tls, spec.proxy.body) == (Tls.ACME, 10_000_000)
    assert spec.clean_up[0].older_s == 7 * 86400
    assert spec.health.golden.headers == {"X-Client": "clawtui", "Content-Type": "application/json"}
    assert spec.rollout.dead_man_s == 120.0
    assert (spec.rollout.gates.error_ratio, spec.rollout.gates.p95) == (0.005, 0.2)
    assert spec.hooks.drain == tmp_path / "hooks/drain.sh"


def test_what_the_example_calls_a_default_is_one(tmp_path: Path) -> None:
    spec, least = read(tmp_path, EXAMPLE.read_text()), read(tmp_path, LEAST)
    assert (least.root, least.rollout.waves, least.rollout.bake_s) == (spec.root, spec.rollout.waves, 60.0)
    assert least.rollout.gates == spec.rollout.gates
    assert least.environment.wheels is Wheels.INDEX
    assert least.run is not None
    assert least.run.user == "bot"
    assert least.health.ready == "/"
    assert least.rollout.replace is Replace.BESIDE


def test_an_artifact_below_the_source_is_shipped_once_and_stays_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "other.bin").write_bytes(b"x")
    spec = read(tmp_path, LEAST + '[[artifact]]\nname = "m"\nsource = "models/bot.onnx"\n')
    assert spec.artifacts == (Artifact("m", f"{tmp_path}/models/bot.onnx", "", "models/bot.onnx"),)
    assert spec.exclude == ("/models/bot.onnx",)
    spec = read(tmp_path, LEAST + '[[artifact]]\nname = "m"\nsource = "s3://models/v1/bot.onnx"\n')
    assert (spec.artifacts[0].path, spec.exclude) == ("artifacts/bot.onnx", ())


def test_a_service_that_listens_nowhere_is_judged_by_its_unit(tmp_path: Path) -> None:
    text = LEAST.replace(" --uds {socket}", "") + '[rollout]\nreplace = "in-place"\n'
    spec = read(tmp_path, text)
    assert not spec.listens
    assert spec.health.ready == ""
    assert spec.rollout.gates.error_ratio is None


def test_a_compose_project_is_replaced_in_place(tmp_path: Path) -> None:
    spec = read(
        tmp_path, 'version = 1\nname = "b"\nhosts = "all"\nenvironment = { compose = "compose.yaml", port = 8080 }\n'
    )
    assert spec.run is None
    assert spec.listens
    assert spec.rollout.replace is Replace.IN_PLACE


def test_all_mistakes_come_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = """version = 1
name = "Bot!"
hots = "web-1"
[run]
command = "{python} -m bot --port {prot} | tee log"
memory = 2
stop = "1"
[proxy]
names = ["b.example.org", "b.example.org"]
rewrites = { "/v1" = "/", "/v1/" = "/x/" }
[rollout]
waves = ["50%", "25%"]
freeze = ["Fri 16:00 - Mo 08:00"]
bake = "60s"
canari = "1"
"""
    said = wrong(tmp_path, text)
    assert [int(one.split(":")[1]) for one in said if ":" in one] == sorted(int(one.split(":")[1]) for one in said)
    for words in (
        "service.toml:2: name: 'Bot!' is no name",
        "service.toml:3: hots: unknown key; did you mean hosts?",
        "service.toml:5: run.command: no shell reads it, so | means nothing",
        "service.toml:5: run.command: {prot} is nothing that is filled in; did you mean {port}?",
        "service.toml:6: run.memory: must be a size in quotes",
        "service.toml:7: run.stop: must be a time in quotes",
        "service.toml:8: proxy.tls: is missing",
        "service.toml:9: proxy.names: b.example.org stands there twice",
        "service.toml:10: proxy.rewrites: '/v1' and '/v1/' are the same path",
        "service.toml:12: rollout.waves: '25%' adds no host",
        'service.toml:12: rollout.waves: must end with "100%"',
        "service.toml:13: rollout.freeze: 'Fri 16:00 - Mo 08:00' is no window of time",
        "service.toml:15: rollout.canari: unknown key; did you mean canary?",
    ):
        assert any(one.startswith(words) for one in said), (words, said)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('memory = "1MiB"', "run.memory: must be at least 16777216 bytes"),
        ('user = "root"', "run.user: a service does not run as root"),
        ("port = 8000", "run.port: is for {port}, and the command listens on {socket}"),
        ('comand = "x"', "run.comand: unknown key; did you mean command?"),
        ('packages = ["x"]', "run.packages: unknown key; it belongs in [environment]"),
        ('env = { "A B" = "x" }', "run.env: 'A B' is no name of a variable"),
        ('env = { A = "{artifact.x}" }', "run.env: {artifact.x} is nothing that is filled in"),
        ('env = { K = "x" }\n[secrets]\nK = { env = "K" }', "run.env: K is also in [secrets]"),
        ('env = { A = "{secret.K}" }\n[secrets]\nK = { env = "K" }', "secrets are in the environment only: $K"),
        ('[secrets]\nK = "hunter2"', "secrets.K: says in one way where the value is"),
        ('[secrets]\nK = { file = "no" }', "secrets.K: no is not there"),
        ('[secrets]\nK = { env = "A", file = "b" }', "secrets.K: says in one way"),
        ('[environment]\nlock = "none.lock"', "environment.lock: none.lock is not there"),
        ('[environment]\nwheels = "carry"', "environment.wheels: says where the packages of a lock come from"),
        ('[environment]\npackages = ["ffmpeg; rm"]', "environment.packages: 'ffmpeg; rm' is no package"),
        ('[environment]\npython = "../python"', "environment.python: '../python' is no interpreter"),
        (
            '[environment]\ncompose = "compose.yaml"',
            "run: a service is a unit with [run] or a compose project, not both",
        ),
        ("[environment]\nport = 80", "environment.port: is for compose services"),
        ('[[artifact]]\nname = "m"\nsource = "none"', "artifact.source: none is not there"),
        ('[[artifact]]\nname = "m"\nsource = "s3://B"', "artifact.source: 's3://B' is no object"),
        (
            '[[artifact]]\nname = "m"\nsource = "models/bot.onnx"\npath = "../x"',
            "artifact.path: '../x' must lie below the release",
        ),
        (
            '[[artifact]]\nname = "m"\nsource = "s3://bbb/a"\n[[artifact]]\nname = "m"\nsource = "s3://bbb/b"',
            "artifact.name: two artifacts have the name 'm'",
        ),
        ('[proxy]\ntls = "off"\nnames = ["a b"]', "proxy.names: 'a b' is no host name"),
        ('[proxy]\ntls = "acme"\nnames = ["*.x.org"]', "proxy.names: *.x.org gets no certificate by ACME"),
        ('[proxy]\ntls = "files"\nnames = ["x.org"]\nkey = "compose.yaml"', "proxy.certificate: is missing"),
        ('[proxy]\ntls = "off"\nnames = ["x.org"]\nrewrites = { "/a;" = "/" }', "proxy.rewrites: '/a;' is no path"),
        ('[[clean_up]]\npath = "../x"\nolder = "1d"', "clean_up.path: '../x' must be plain"),
        ('[[clean_up]]\npath = "/etc/x"\nolder = "1d"', "clean_up.path: /etc/x belongs to the system"),
        ('[[clean_up]]\npath = "/var/log"\nolder = "1d"', "clean_up.path: /var/log belongs to the system"),
        ('[[clean_up]]\npath = "tmp"', "clean_up.older: is missing"),
        ('[health]\nready = "healthz"', "health.ready: 'healthz' is no path of a request"),
        ('[health]\nwithin = "1s"', "health.within: 3 answers, a second apart, take longer"),
        (
            '[health.golden]\npath = "/p"\nexpect = "ok"\ntolerance = 1',
            "health.golden.tolerance: is for numbers in JSON",
        ),
        ('[health]\ngolden = { path = "/p", boddy = "x" }', "health.golden.boddy: unknown key; did you mean body?"),
        ('[rollout]\ncanary = "1.5"', "rollout.canary: must be a number of hosts"),
        ('[rollout]\nmax_unavailable = "0"', "rollout.max_unavailable: must be at least 1"),
        ('[rollout]\ndead_man = "5s"', "rollout.dead_man: must be a time from 60s"),
        ('[rollout.gates]\nerror_ratio = "x"', "rollout.gates.error_ratio: must be a share"),
        ('[hooks]\nbefore = "compose.yaml"', "hooks.before: compose.yaml is no program that you may run"),
    ],
)
def test_a_mistake_is_told_with_its_key_and_its_remedy(tmp_path: Path, more: str, words: str) -> None:
    said = wrong(tmp_path, LEAST + more + "\n")
    assert len(said) == 1, said
    assert words in said[0]
    assert re.match(r"service\.toml:\d+: ", said[0])
    assert "hunter2" not in said[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LEAST.replace("{socket}", "/x"), "two instances cannot run beside each other"),
        (LEAST.replace("--uds {socket}", "--port {port}"), "run.port: is missing"),
        (LEAST.replace("{socket}", "{socket} {port}") + "port = 1\n", "on {socket} or on {port}, not on both"),
        (LEAST.replace("{socket}", "{port}") + "port = 65535\n", "65536 is no port"),
        (LEAST.replace("{python} -m bot", "uvicorn"), "'uvicorn' is no absolute path"),
        (LEAST.replace("{python}", "'{python}"), "every quote needs its end"),
        (LEAST.partition("[run]")[0], "run: is missing; say what is started"),
        (LEAST.replace("version = 1\n", ""), "version: must be 1"),
        (
            LEAST.replace("--uds {socket}", "")
            + '[rollout]\nreplace = "in-place"\n[proxy]\nnames = ["x"]\ntls = "off"\n',
            "proxy: nginx would have nobody to ask",
        ),
        (LEAST.replace('hosts = "web-1"', 'hosts = "web-1"\nsource = "none"'), "source: none is not there"),
        (LEAST.replace('hosts = "web-1"', 'hosts = "web-1"\nroot = "/etc/x"'), "root: /etc/x belongs to the system"),
        (LEAST.replace('hosts = "web-1"', 'hosts = "web-1"\nroot = "/srv/../etc"'), "root: '/srv/../etc' is no folder"),
        (LEAST.replace('hosts = "web-1"', 'hosts = "web-1"\nexclude = ["../x"]'), "exclude: '../x' leads out"),
    ],
)
def test_tables_that_contradict_each_other_are_named(tmp_path: Path, text: str, words: str) -> None:
    said = wrong(tmp_path, text)
    assert any(words in one for one in said), said


def test_a_lock_without_hashes_is_told_with_its_own_file_and_line(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "req.txt").write_text("# x\nidna==3.10\nrequests>=2\n")
    said = wrong(tmp_path, LEAST + '[environment]\nlock = "req.txt"\n')
    assert said[0].startswith("req.txt:2: idna has no --hash; make a lock: uv pip compile")
    assert said[1].startswith("req.txt:3: requests has no one version")


def test_a_newer_file_is_refused_before_all_else(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="version: this clawtui reads version 1; a newer clawtui wrote this file"):
        read(tmp_path, 'version = 2\nnew = "x"\n')


@pytest.mark.parametrize("value", ["1", "true", '"x"', "[1]", "{ x = 1 }", "1979-05-27", "nan", "[{}]", '""'])
@pytest.mark.parametrize("table", KEYS)
def test_no_value_of_any_type_breaks_the_reader(tmp_path: Path, table: str, value: str) -> None:
    """Each key of a table at once: the answer is a spec or sentences, never a traceback."""
    keys = "".join(f"{key} = {value}\n" for key in KEYS[table])
    header = "" if not table else f"[[{table}]]\n" if table in ("artifact", "clean_up") else f"[{table}]\n"
    (folder(tmp_path) / "service.toml").write_text(header + keys)
    with pytest.raises(ConfigError):
        read_spec(tmp_path)
