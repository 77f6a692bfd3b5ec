"""Make the lab's files: `python -m dashboards.making.lab_files`. Twice gives the same bytes, on one machine."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dashboards.making import portraits, sentences, tables
from dashboards.making.readings import plain

OUT = Path(__file__).parents[1] / "lab"


def main(out: Path = OUT) -> None:
    """Make every file anew, and say how large they are."""
    from dashboards.making import models

    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder)
        alone()
        for kind, made in (("world", worlds(into)), ("model", models.models(into / "models"))):
            for one in made:
                size = write(out, kind, one)
                sys.stdout.write(f"{kind}-{one['name']}.json  {size:,} bytes\n")
                sys.stdout.flush()


def worlds(into: Path) -> Iterator[dict[str, Any]]:
    """Every world, the picture first; runs go into a folder."""
    yield portraits.world(into)
    yield from sentences.worlds(into)
    yield from tables.worlds()


def alone() -> None:
    """One thread: sums are then added up in one order, and small models are faster."""
    import torch

    torch.set_num_threads(1)


def write(out: Path, kind: str, one: dict[str, Any]) -> int:
    """Write a world or a model, and tell its bytes."""
    out.mkdir(parents=True, exist_ok=True)
    return (out / f"{kind}-{one['name']}.json").write_text(text(one), encoding="utf-8")


def text(one: dict[str, Any]) -> str:
    """What stands in a file."""
    return json.dumps(plain(one), ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    main()
