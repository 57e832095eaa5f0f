"""What a folder is found to be: a dozen projects, each written as a service.toml that is right as it stands."""

import os
from pathlib import Path

import pytest

from clawtui.deploy.project.look import look, service_name
from clawtui.deploy.project.write import Choice, is_public, service_toml
from clawtui.deploy.spec import Images, Replace, Spec, Tls
from clawtui.deploy.spec_file import read_spec

HASH = f"--hash=sha256:{'0' * 64}"
LOCK = f"fastapi==0.115 {HASH}\nuvicorn==0.30 {HASH}\n"
FASTAPI = 'from fastapi import FastAPI\napp = FastAPI()\n@app.get("/healthz")\ndef h(): ...\n'
UVICORN = "{python} -m uvicorn --uds {socket} --proxy-headers --forwarded-allow-ips '*' "
MAIN = 'if __name__ == "__main__":\n    pass\n'

PROJECTS: dict[str, tuple[dict[str, str], str, str]] = {
    # files, the command, the path asked for readiness
    "fastapi": ({"app.py": FASTAPI, "requirements.lock": LOCK}, UVICORN + "app:app", "/healthz"),
    "fastapi-in-a-package": (
        {"bot/__init__.py": "", "bot/main.py": "import fastapi\napi = fastapi.FastAPI()\n", "requirements.txt": LOCK},
        UVICORN + "bot.main:api",
        "/openapi.json",
    ),
    "src-layout": (
        {"src/bot/app.py": FASTAPI.replace("FastAPI()", "FastAPI(openapi_url=None)").replace("/healthz", "/x")},
        UVICORN + "--app-dir {app}/src bot.app:app",
        "",
    ),
    "factory": (
        {"server.py": "from fastapi import FastAPI\ndef make(debug=False):\n    made = FastAPI()\n    return made\n"},
        UVICORN + "--factory server:make",
        "/openapi.json",
    ),
    "flask": (
        {"wsgi.py": 'from flask import Flask\napp: Flask = Flask(__name__)\n@app.route("/")\ndef i(): ...\n'},
        "{python} -m gunicorn --bind unix:{socket} wsgi:app",
        "/",
    ),
    "flask-with-waitress": (
        {"app.py": "import flask\napp = flask.Flask('x')\n", "requirements.txt": f"waitress==3 {HASH}\n"},
        "{python} -m waitress --unix-socket={socket} app:app",
        "",
    ),
    "django": (
        {
            "manage.py": MAIN,
            "site1/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
        },
        "{python} -m gunicorn --bind unix:{socket} site1.wsgi:application",
        "",
    ),
    "procfile": (
        {"Procfile": "worker: python work.py\nweb: uvicorn odd:thing --host 0.0.0.0 --port $PORT\n"},
        "{python} -m uvicorn odd:thing --host 127.0.0.1 --port {port}",
        "",
    ),
    "procfile-of-another-language": (
        {"Procfile": "web: NODE_ENV=production node server.js\n"},
        "/bin/sh -c 'exec node server.js'",
        "",
    ),
    "dockerfile": (
        {
            "Dockerfile": "FROM python:3.12\nRUN apt-get update && \\\n  apt-get install -y ffmpeg libgomp1\n"
            'CMD ["gunicorn", "-b", "0.0.0.0:8080", "x:y"]\n'
        },
        "{python} -m gunicorn -b 127.0.0.1:{port} x:y",
        "",
    ),
    "bot-that-polls": ({"bot.py": "import aiogram\n" + MAIN}, "{python} {app}/bot.py", ""),
    "program-with-a-port": ({"main.py": "import os\nos.environ['PORT']\n" + MAIN}, "{python} {app}/main.py", ""),
    "package-that-runs": ({"bot/__init__.py": "", "bot/__main__.py": ""}, "{python} -m bot", ""),
    "compose": ({"compose.yaml": 'services: {web: {image: x, ports: ["127.0.0.1:8080:80"]}}\n'}, "", ""),
    "compose-that-builds": ({"docker-compose.yml": "services: {web: {build: .}}\n", "x.py": MAIN}, "", ""),
    "odd-folders": (
        {"a b/app.py": FASTAPI, "my.app/app.py": FASTAPI, "zz/web-app.py": FASTAPI},
        UVICORN + "zz.web-app:app",
        "/healthz",
    ),
    "broken-python": ({"broken.py": "def (", "nul.py": "\0", "app.py": FASTAPI}, UVICORN + "app:app", "/healthz"),
}


def made(folder: Path, contents: dict[str, str]) -> Path:
    for name, text in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def written(folder: Path, **choice: str) -> Spec:
    """As the verb writes it, without making a lock."""
    project = look(folder)
    assert project.start is not None
    chosen = Choice(choice.pop("name", project.name), "web-1", lock=project.packages.lock, lock_words="found", **choice)
    (folder / "service.toml").write_text(service_toml(project, project.start, chosen))
    return read_spec(folder)


@pytest.mark.parametrize("name", PROJECTS)
def test_a_project_is_started_as_it_is_meant_to_be(name: str, tmp_path: Path) -> None:
    files, command, ready = PROJECTS[name]
    spec = written(made(tmp_path / name, files))
    assert (spec.name, spec.run.command if spec.run else "") == (name, command)
    assert spec.health.ready == (ready if spec.listens else "")


def test_what_stands_beside_the_code_is_taken_along(tmp_path: Path) -> None:
    files, _, _ = PROJECTS["dockerfile"]
    spec = written(made(tmp_path, files), name="bot")
    assert {"ffmpeg", "libgomp1"} < set(spec.environment.packages)
    assert spec.run is not None
    assert spec.run.port == 8000


def test_models_become_artifacts_that_stay_where_they_are(tmp_path: Path) -> None:
    made(tmp_path, {"app.py": FASTAPI, "models/a.onnx": "xx", "b/a.onnx": "x", "small.bin": "x", ".hidden/c.onnx": "x"})
    spec = written(tmp_path, name="bot")
    assert [(one.name, one.path) for one in spec.artifacts] == [("a", "models/a.onnx"), ("a_1", "b/a.onnx")]


def test_names_of_secrets_are_found_and_no_value_is_written(tmp_path: Path) -> None:
    code = 'import os\nos.environ["API_KEY"]\nos.getenv("MAYBE")\nos.environ.get("DB_URL")\nos.environ["HOME"]\n'
    made(
        tmp_path,
        {"app.py": FASTAPI + code, ".env": "export DB_URL='hunter2'\nPORT=1\n# X=1\n", ".env.example": "API_KEY=x\n"},
    )
    spec = written(tmp_path, name="bot")
    assert [(one.name, one.env, one.dotenv) for one in spec.secrets] == [
        ("DB_URL", "", tmp_path / ".env"),
        ("API_KEY", "API_KEY", None),
    ]
    text = (tmp_path / "service.toml").read_text()
    assert "hunter2" not in text
    assert '# MAYBE = { env = "MAYBE" }' in text


def test_a_service_that_polls_is_replaced_in_place_and_has_no_nginx(tmp_path: Path) -> None:
    spec = written(made(tmp_path, PROJECTS["bot-that-polls"][0]), name="bot")
    assert spec.rollout.replace is Replace.IN_PLACE
    assert spec.proxy is None
    assert "nginx" not in spec.environment.packages


def test_a_compose_project_carries_what_it_builds(tmp_path: Path) -> None:
    spec = written(made(tmp_path, PROJECTS["compose-that-builds"][0]), name="bot")
    assert spec.environment.images is Images.CARRY
    assert spec.run is None


@pytest.mark.parametrize(
    ("domain", "tls", "certbot"),
    [
        ("", Tls.OFF, False),
        ("bot.example.org", Tls.ACME, True),
        ("bot.internal", Tls.SELF_SIGNED, False),
        ("192.0.2.1", Tls.SELF_SIGNED, False),
        ("localhost", Tls.SELF_SIGNED, False),
    ],
)
def test_https_follows_from_the_domain(domain: str, tls: Tls, certbot: bool, tmp_path: Path) -> None:
    spec = written(made(tmp_path, {"app.py": FASTAPI}), name="bot", domain=domain)
    assert spec.proxy is not None
    assert (spec.proxy.tls, spec.proxy.names) == (tls, (domain or "bot",))
    assert ("certbot" in spec.environment.packages) is certbot
    assert is_public(domain) is certbot


def test_what_no_service_needs_stays_here(tmp_path: Path) -> None:
    made(
        tmp_path,
        {"app.py": FASTAPI, "tests/test_a.py": "", "env/pyvenv.cfg": "", "env/lib/x.py": FASTAPI, "a.ipynb": ""},
    )
    assert written(tmp_path, name="bot").exclude == ("env/", "tests/", "*.ipynb")


def test_a_lock_that_is_none_is_a_list_of_wishes(tmp_path: Path) -> None:
    project = made(tmp_path, {"requirements.txt": "FastAPI[standard]>=0.100\nnum_py # x\n-r other\n"})
    packages = look(project).packages
    assert (packages.lock, packages.wishes) == ("", "requirements.txt")
    assert packages.names == {"fastapi", "uvicorn", "num-py"}


def test_nothing_of_the_project_is_run(tmp_path: Path) -> None:
    made(tmp_path, {"app.py": f"open({str(tmp_path / 'ran')!r}, 'w')\n" + FASTAPI, "setup.py": "raise SystemExit\n"})
    written(tmp_path, name="bot")
    assert not (tmp_path / "ran").exists()


def test_what_is_no_regular_file_is_never_waited_for(tmp_path: Path) -> None:
    made(tmp_path, {"web.py": FASTAPI})
    for name in (
        "app.py",
        "Procfile",
        "pyproject.toml",
        "requirements.txt",
        "compose.yaml",
        ".env",
        "m.onnx",
        "Dockerfile",
    ):
        os.mkfifo(tmp_path / name)
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "gone.onnx").symlink_to("/nonexistent")
    (tmp_path / "new\nline.onnx").write_text("x")
    assert written(tmp_path, name="bot").artifacts == ()


def test_a_folder_with_nothing_to_start_is_no_project(tmp_path: Path) -> None:
    assert look(made(tmp_path, {"README.md": "x", "lib.py": "X = 1\n"})).start is None


@pytest.mark.parametrize(
    ("text", "name"),
    [("My Bot!", "my-bot"), ("42", "service-42"), ("", "service"), ("a" * 40, "a" * 31), ("Ünï", "n")],
)
def test_a_name_is_made_one_that_a_service_may_have(text: str, name: str) -> None:
    assert service_name(text) == name


def test_names_and_paths_of_any_kind_are_quoted(tmp_path: Path) -> None:
    made(tmp_path, {"app.py": FASTAPI, 'mo"del\\x.onnx': "x", "Procfile": "web: echo \"a\\b\" 'c'\n"})
    assert written(tmp_path, name="bot").artifacts[0].path == 'mo"del\\x.onnx'
