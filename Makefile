# Every target sets up what it needs: a fresh machine with Python 3.11 and nothing else is enough.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# What one process has compiled the next hundreds need not: tests start that many.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help audit test test-slow bench calibrate calibrate-lifecycle lab lab-files picture screens clean

help:
	@echo "make audit      set up and run the demo into demo/"
	@echo "make test       set up and run lint, types, floors and tests"
	@echo "make test-slow  long simulations and browsers"
	@echo "make bench      paired timings against fairlearn and a row bootstrap, and what monitor promises"
	@echo "make calibrate  measure every detector's own error rates again and publish their cards (an hour)"
	@echo "make calibrate-lifecycle  hold the lifecycle's intervals against pools of the tuned models (fifteen minutes)"
	@echo "make lab        train the miniature models again and measure their truth (five hours)"
	@echo "make lab-files  make the files of the dashboard's lab again (seven minutes)"
	@echo "make screens    draw every page of the dashboard over the demo into screens/ (needs chromium)"
	@echo "make picture    draw the README's pictures again (needs chromium)"

$(READY): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(READY)

audit: $(READY)
	$(BIN)/auditkit demo --out demo

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 -m "not slow"

test-slow: $(READY)
	$(BIN)/pytest -n 2 --dist loadgroup -m slow tests

bench: $(READY)
	$(BIN)/python tests/benchmarks/against_fairlearn.py
	$(BIN)/python tests/benchmarks/one_pass.py
	$(BIN)/python tests/benchmarks/eliciting_overhead.py
	$(BIN)/python tests/benchmarks/scoring.py
	$(BIN)/python tests/benchmarks/dashboard_run.py
	$(BIN)/python tests/benchmarks/monitoring.py

calibrate: $(READY)
	$(BIN)/auditkit calibrate --workers 2
	$(BIN)/python tests/house/calibration_table.py

calibrate-lifecycle: $(READY)
	$(BIN)/python -m tests.lifecycle.calibrate_lifecycle

lab: $(READY)
	$(BIN)/auditkit lab train clip --out auditkit/lab/weights/clip
	$(BIN)/auditkit lab train autoencoder --out auditkit/lab/weights/text_to_image/vae
	$(BIN)/auditkit lab train tokenizer --out auditkit/lab/weights/autoregressive/tokenizer
	for dose in 0 0.9; do \
	  for name in masked_lm causal_lm encoder_decoder attention transformer captioner; do \
	    $(BIN)/auditkit lab train $$name --dose $$dose --out auditkit/lab/weights/$$name || exit 1; \
	  done; \
	done
	for name in masked_lm causal_lm; do \
	  $(BIN)/auditkit lab train $$name --dose 0.9 --mixed --out auditkit/lab/weights/$$name || exit 1; \
	done
	for dose in 0 0.9; do \
	  for name in masked_lm causal_lm encoder_decoder attention transformer captioner; do \
	    $(BIN)/auditkit lab measure $$name --dose $$dose || exit 1; \
	  done; \
	done
	for dose in 0 0.9; do \
	  for name in text_to_image vae gan autoregressive unconditional super_resolution; do \
	    $(BIN)/auditkit lab train $$name --dose $$dose --out auditkit/lab/weights/$$name && \
	    $(BIN)/auditkit lab measure $$name --dose $$dose --workers 2 || exit 1; \
	  done; \
	done

lab-files: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m dashboards.making.lab_files

picture: $(READY)
	$(BIN)/python tests/house/picture.py
	$(BIN)/python tests/house/portraits.py

screens: audit
	$(BIN)/python tests/house/screens.py

clean:
	rm -rf .venv demo
