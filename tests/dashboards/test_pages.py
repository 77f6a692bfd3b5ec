"""Every page opens over every folder: full, empty, broken, newer."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(file.stem for file in (ROOT / "dashboards" / "views").glob("*.py") if file.stem != "__init__")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens(page: str, at_page, shelf: Path) -> None:
    at_page(page, shelf)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_over_an_empty_folder(page: str, at_page, tmp_path: Path) -> None:
    at_page(page, tmp_path)
