from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

# importlib mode puts no test folder on the path: load the random reports under a name of their own
_spec = importlib.util.spec_from_file_location("reports", Path(__file__).with_name("reports.py"))
assert _spec is not None
assert _spec.loader is not None
sys.modules["reports"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sys.modules["reports"])
