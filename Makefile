# The commands of the project. `make run` and `make test` do all the set-up they need, and only what changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv

.PHONY: setup run test check bench messages lock clean

setup: $(VENV)/.installed $(VENV)/.packages

run: setup
	$(BIN)/streamlit run app.py $(ARGS)

test: setup $(VENV)/.installed-dev $(VENV)/.packages-dev .venv-container/.installed
	$(BIN)/pytest

check: setup $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup $(VENV)/.installed-dev
	for script in benchmarks/bench_*.py; do $(BIN)/python $$script || exit 1; done

# Put new sentences of the code into the catalogues, to be translated there; sentences that are gone are dropped.
messages: setup
	$(BIN)/pybabel --quiet extract --keyword=_ --keyword=ngettext:1,2 --keyword=text:1 --keyword=ntext:1,2 --no-location \
		--sort-output --no-wrap --project=Celaje --version=0.1 --copyright-holder=Celaje --ignore-dirs=container -o $(VENV)/celaje.pot app.py ui pages services
	$(BIN)/pybabel --quiet update --domain=celaje --input-file=$(VENV)/celaje.pot --output-dir=locales --no-wrap \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

lock: $(BIN)/uv
	$(UV) pip compile --quiet --universal --python-version 3.11 --upgrade requirements.in -o requirements.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --upgrade requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf $(VENV) .venv-container .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.installed: requirements.txt | $(BIN)/uv
	$(UV) pip install --quiet -r requirements.txt
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(UV) pip install --quiet -r requirements-dev.txt
	touch $@

# The versions of AWS's scikit-learn and XGBoost containers, to test the container code with.
.venv-container/.installed: requirements-container.txt | $(BIN)/uv
	$(BIN)/uv venv --quiet --clear --python $(PYTHON) .venv-container
	VIRTUAL_ENV=$(CURDIR)/.venv-container $(BIN)/uv pip install --quiet -r requirements-container.txt
	touch $@

$(VENV)/.packages $(VENV)/.packages-dev: $(VENV)/.%: %.txt | $(BIN)/uv
	@$(call debian_packages,$<)
	touch $@

# Debian packages are installed where apt-get is there and allowed; elsewhere the reader is told which are missing.
define debian_packages
missing=""; \
for package in $$(grep -v '^#' $(1)); do dpkg -s "$$package" >/dev/null 2>&1 || missing="$$missing $$package"; done; \
if [ -z "$$missing" ]; then :; \
elif command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
else echo "Not installed here (needs apt-get as root):$$missing" >&2; fi
endef
