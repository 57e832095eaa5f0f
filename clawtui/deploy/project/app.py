"""The app object of a web framework, found by reading: `app = FastAPI()`, a factory, Django's own file."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from clawtui.deploy.project.sources import Source

ASGI = ("FastAPI", "Starlette", "Litestar", "Quart", "BlackSheep")
WSGI = ("Flask", "Bottle", "Falcon")
_DJANGO = {"get_asgi_application": True, "get_wsgi_application": False}
_BEST = ("app", "application", "api", "server")
_METHODS = ("get", "post", "put", "delete", "patch", "head", "route", "api_route", "websocket")


@dataclass(frozen=True, slots=True)
class Route:
    """A path that the app itself answers at."""

    method: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class App:
    """What a server is told to serve."""

    file: Path
    line: int
    framework: str
    name: str
    # the variable or the factory
    factory: bool
    asgi: bool
    routes: tuple[Route, ...] = ()
    api_page: str = ""
    # where FastAPI describes itself, unless it is told not to

    @property
    def folder(self) -> str:
        """What has to be on the path of modules: "src" in that layout, else the project itself."""
        return "src" if self.file.parts[0] == "src" else ""

    @property
    def module(self) -> str:
        """As `import` spells it."""
        parts = [*self.file.with_suffix("").parts][1 if self.folder else 0 :]
        return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)

    @property
    def where(self) -> str:
        """For people."""
        return f"{self.file}:{self.line}"


def find_app(sources: Sequence[Source]) -> App | None:
    """The likeliest one: a variable before a factory, a usual name before others, near the top of the project first."""
    found = [app for source in sources if source.importable for app in _apps(source)]
    return min(found, key=_rank, default=None)


def _rank(app: App) -> tuple[bool, bool, int, int]:
    return (app.factory, not app.asgi and app.framework == "Django", len(app.file.parts), _named(app.name))


def _named(name: str) -> int:
    return _BEST.index(name) if name in _BEST else len(_BEST)


def _apps(source: Source) -> Iterator[App]:
    for node in source.tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            framework = _framework(node.value)
            for target in targets:
                if framework and isinstance(target, ast.Name):
                    yield _made(source, node, framework, target.id, node.value)
        elif isinstance(node, ast.FunctionDef) and not _arguments(node):
            made = next((call for call in _returned(node) if _framework(call)), None)
            if made is not None:
                yield _made(source, node, _framework(made), node.name, made, factory=True)


def _made(source: Source, node: ast.stmt, framework: str, name: str, call: ast.Call, *, factory: bool = False) -> App:
    django = _DJANGO.get(framework)
    page = ""
    if framework == "FastAPI":
        given = {word.arg: word.value for word in call.keywords}
        url = given.get("openapi_url")
        page = "/openapi.json" if url is None else str(url.value or "") if isinstance(url, ast.Constant) else ""
    return App(
        file=source.path,
        line=node.lineno,
        framework=framework if django is None else "Django",
        name=name,
        factory=factory,
        asgi=framework in ASGI if django is None else django,
        routes=tuple(_routes(source.tree if not factory else node, name)),
        api_page=page,
    )


def _framework(call: ast.Call) -> str:
    name = (
        call.func.id
        if isinstance(call.func, ast.Name)
        else call.func.attr
        if isinstance(call.func, ast.Attribute)
        else ""
    )
    return name if name in (*ASGI, *WSGI, *_DJANGO) else ""


def _arguments(node: ast.FunctionDef) -> int:
    """Those that a factory cannot be called without."""
    return (
        len(node.args.posonlyargs)
        + len(node.args.args)
        - len(node.args.defaults)
        + sum(default is None for default in node.args.kw_defaults)
    )


def _returned(function: ast.FunctionDef) -> Iterator[ast.Call]:
    """What it returns, where that is made within it."""
    made = {
        target.id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Return):
            if isinstance(node.value, ast.Call):
                yield node.value
            elif isinstance(node.value, ast.Name) and node.value.id in made:
                yield made[node.value.id]


def _routes(tree: ast.AST, name: str) -> Iterator[Route]:
    """`@app.get("/x")` on this very object; routers may lie below a prefix that nobody here can tell."""
    for node in ast.walk(tree):
        for wrapped in (
            getattr(node, "decorator_list", []) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else []
        ):
            call = wrapped if isinstance(wrapped, ast.Call) else None
            if (
                call is None
                or not isinstance(call.func, ast.Attribute)
                or call.func.attr not in _METHODS
                or not call.args
            ):
                continue
            on, path = call.func.value, call.args[0]
            ours = isinstance(on, ast.Name) and (on.id == name or on.id in _BEST)
            if ours and isinstance(path, ast.Constant) and isinstance(path.value, str):
                yield Route(call.func.attr, path.value, call.lineno)
