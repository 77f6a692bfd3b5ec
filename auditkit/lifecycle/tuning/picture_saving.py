"""A pipeline as a folder that any target opens: safetensors alone, and no word of the machine it was made on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from auditkit import weights

PLACES = ("_name_or_path", "name_or_path")
"""Where configurations keep the folder that a part was opened from."""


def saved(pipe: Any, folder: Path) -> None:
    """Write a pipeline whole; the same weights give the same bytes, wherever they were opened from."""
    with weights.quiet("diffusers"):
        pipe.save_pretrained(str(folder), safe_serialization=True)
    for file in sorted(folder.rglob("*.json")):
        told = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(told, dict) and any(name in told for name in PLACES):
            plain = {name: value for name, value in told.items() if name not in PLACES}
            file.write_text(json.dumps(plain, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
