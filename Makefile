# make demo: the fleet on screen, on embedded defaults · make test: everything that is tested (TIER=user: what needs no root)
# Both set up what they need first; a second run is quick.
.PHONY: demo test check bench shots fleet lock clean
PY := .venv/bin/python
TIER ?= all
ARGS ?=

demo:  ## local hosts, a real agent on each, load and incidents: the main job without a fleet of one's own
	@.ci/setup
	@$(PY) -m clawtui demo $(ARGS)

test:  ## all tests; as root with the real components, TIER=user without
	@.ci/setup
	@.ci/test $(TIER) $(ARGS)

check:  ## format, lint, types, import contracts
	@.ci/setup check
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m pyright
	.venv/bin/lint-imports

bench:  ## print figures beside the peers' and write tests/bench/RESULTS.md
	@.ci/setup
	@$(PY) tests/bench/run.py $(ARGS)

shots:  ## pictures of every screen, drawn by the snapshot tests
	@.ci/setup
	@$(PY) tests/screens/shots.py $(ARGS)

fleet:  ## a throw-away fleet of real hosts in network namespaces (root): make fleet ARGS="up 20"
	@.ci/setup
	@$(PY) -m tests.fleet $(ARGS)

lock:  ## renew the locks from pyproject.toml (needs uv)
	uv pip compile --quiet pyproject.toml --group test --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --upgrade -o requirements.lock
	uv pip compile --quiet pyproject.toml --group test --group check --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate -c requirements.lock -o .ci/check.lock

clean:
	rm -rf .venv dist build
