# Tenfold: two commands do everything, `make book` and `make test`. `make help` lists the rest.
PYTHON ?= python3
JOBS ?= 2
PORT ?= 8000

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV_VERSION := 0.13.9

# One thread a process: two processes on two cores beat two processes with two threads each.
export OMP_NUM_THREADS ?= 1
# Compiled imports are kept: many short processes import torch.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup book pdf test pages rerun verify bench student grade classroom-check readme serve clean lock sbom licences faults fresh-versions try-python

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## create the environment in .venv from the lock file

# Installed by uv under the lock as constraints: a wheel at hand that satisfies a pin (a CPU build of torch) is taken,
# and what only another platform's wheel needs is left out.  Data packages come without their dependencies.
$(READY): requirements.in requirements.lock requirements-data.txt pyproject.toml Makefile
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else \
	"Tenfold runs on Python 3.11 to 3.13, and %s is %d.%d: name another one, as in make setup PYTHON=python3.12" \
	% ((sys.executable,) + v))'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	UV_FIND_LINKS="$$PIP_FIND_LINKS" $(BIN)/uv pip install --python $(BIN)/python -r requirements.in ray -c requirements.lock
	$(BIN)/uv pip install --python $(BIN)/python --no-deps -r requirements-data.txt
	$(BIN)/uv pip install --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

book: setup  ## run every chapter whose inputs changed, build the site, say where to open it
	$(BIN)/tenfold book --jobs $(JOBS)
	@echo "Open $(CURDIR)/build/site/index.html in a browser, or run: make serve"

pdf: setup  ## the same, with the whole book as a PDF in the site (needs Chromium)
	$(BIN)/tenfold book --jobs $(JOBS) --pdf
	@echo "Open $(CURDIR)/build/site/tenfold.pdf"

test: setup  ## check style and layers, then run all tests
	$(BIN)/ruff check
	$(BIN)/lint-imports
	$(BIN)/pytest -n $(JOBS) --dist loadfile tests

pages: setup  ## open every page of the built site in a browser: errors, widths, contrast, links, search, keyboard
	$(BIN)/pytest -n $(JOBS) --confcutdir=site_checks -o pythonpath=site_checks site_checks

verify: setup  ## retrain a random sample of the recorded runs and compare
	$(BIN)/tenfold verify

rerun: setup  ## recompute every recorded run (hours; resumes where it stopped) and compare
	$(BIN)/tenfold rerun --jobs $(JOBS)

bench: setup  ## measure building, sweeps, training, fits, attention, preference steps and more beside what else one could use (benchmarks/)
	for script in $(filter-out benchmarks/bench_attention_gpu.py,$(wildcard benchmarks/bench_*.py)); do $(BIN)/python "$$script" || exit 1; done
	$(BIN)/python benchmarks/growth_report.py

student: setup  ## make the student release of the exercises in build/student, without solutions
	$(BIN)/tenfold student

grade: setup  ## grade the notebooks in SUBMISSIONS=folder/<student>/, each within limits, into build/grading
	@test -n "$(SUBMISSIONS)" || { echo "name the folder, as in make grade SUBMISSIONS=handed-in"; exit 2; }
	$(BIN)/tenfold grade --jobs $(JOBS) "$(SUBMISSIONS)"

classroom-check: setup  ## show for all exercises that stubs fail, solutions pass and wrong answers fail
	$(BIN)/tenfold classroom-check --jobs $(JOBS)

readme: setup  ## store the executed chapters' verdict tables in notebooks/ and README.md
	$(BIN)/python -m tenfold.book.record

serve: setup  ## serve the built site on this machine, PORT=8000
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory build/site $(PORT)

clean:  ## remove what was built; recorded runs and the environment stay
	rm -rf build

lock: setup  ## resolve requirements.in and the extras anew into requirements.lock
	$(BIN)/uv pip compile --upgrade pyproject.toml --all-extras --python-version 3.11 --universal \
	  --no-header --no-annotate --quiet --output-file requirements.lock

sbom: setup  ## write the bill of materials, build/sbom.json (CycloneDX)
	$(BIN)/python -m tenfold.upkeep.bill

licences: setup  ## write the licences of all packages, build/licences.md; fails where one is not allowed
	$(BIN)/python -m tenfold.upkeep.licences

faults: setup  ## kill sweeps, runs and builds at random moments, 10 rounds each, and look at what is left
	$(BIN)/pytest --rounds=10 tests/faults

fresh-versions: setup  ## try the newest allowed versions in an environment of their own, build/trial
	$(BIN)/python -m tenfold.upkeep.trial

try-python: setup  ## try the lock on another Python, e.g. make try-python OTHER=python3.12
	$(BIN)/python -m tenfold.upkeep.trial --locked --python $(OTHER)
