"""A folder as an audit leaves it, for tests that tamper with it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from auditkit import audit, gate
from auditkit.core.errors import InputError
from auditkit.core.judgement import Judgement
from auditkit.core.manifest import MANIFEST, Manifest
from auditkit.core.report import Report
from auditkit.rendering import render
from auditkit.sealing import seal
from auditkit.verifying import verify

LAX = {"rules": [{"rule": "within", "margin": 0.6}]}


def told() -> tuple[Report, Judgement]:
    """A report that fails the default policy."""
    report = audit(group=["a"] * 200 + ["b"] * 200, outcome=[1] * 150 + [0] * 50 + [1] * 60 + [0] * 140)
    return report, gate(report)


def audited(folder: Path, gates: int = 1) -> Path:
    """What `audit --out` writes, judged again so many times; its report."""
    folder.mkdir(parents=True)
    report, judgement = told()
    write(folder, report, judgement)
    (folder / "plan.toml").write_text("# a plan\n")
    seal(folder, ["plan.toml"])
    for _ in range(gates):
        judged(folder, judgement)
    return folder / "report.json"


def write(folder: Path, report: Report, judgement: Judgement) -> None:
    report.save(folder / "report.json")
    (folder / "judgement.json").write_text(judgement.to_json(), encoding="utf-8")
    (folder / "report.html").write_text(render(report, judgement), encoding="utf-8")
    seal(folder, ["report.json", "judgement.json", "report.html"], pages=["report.html"])


def judged(folder: Path, judgement: Judgement) -> str:
    """Write a judgement and seal it; the head."""
    (folder / "judgement.json").write_text(judgement.to_json(), encoding="utf-8")
    return seal(folder, ["judgement.json"])


def sound(report: Path, key: Path | None = None) -> bool:
    """Whether a report is verified; what is refused is not."""
    try:
        return verify(report, public_key=key).ok
    except InputError:
        return False


def told_of(report: Path, key: Path | None = None) -> str:
    """What was found not to be sound."""
    return "\n".join(f"{f.what}: {f.found}" for f in verify(report, public_key=key).facts if f.sound is False)


def rewritten(folder: Path, change: Callable[[list[dict[str, Any]]], None], head: bool, links: bool = False) -> None:
    """The manifest with its entries changed, in canonical form; with `head` the head is computed again, with `links`
    every link."""
    data = json.loads((folder / MANIFEST).read_bytes())
    change(data["entries"])
    chain = Manifest.from_json(json.dumps(data).encode())
    if links:
        entries, chain = chain.entries, Manifest()
        for entry in entries:
            chain = chain.appended(entry)
    elif head:
        chain = Manifest(chain.entries, chain.entries[-1].hash)
    (folder / MANIFEST).write_bytes(chain.to_json().encode())


def copied(report: Path, folder: Path) -> Path:
    """The same folder elsewhere."""
    shutil.copytree(report.parent, folder, symlinks=True)
    return folder / report.name


def keys(folder: Path, name: str = "key") -> tuple[Path, Path]:
    """A pair of keys, made as the documentation says."""
    private, public = folder / f"{name}.pem", folder / f"{name}.public.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, capture_output=True)
    return private, public
