from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

# importlib mode puts no test folder on the path: load the readings under a name of their own
_spec = importlib.util.spec_from_file_location("readings", Path(__file__).with_name("readings.py"))
assert _spec is not None
assert _spec.loader is not None
sys.modules["readings"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sys.modules["readings"])
