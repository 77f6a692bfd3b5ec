"""Where the files that are opened, not imported, live: installed inside the package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

from auditkit.core.errors import InputError

PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """The folder of templates (`reports`) or pages (`dashboards`): the installed one first, then the checkout's.

    Raises `InputError` if neither is there.

    >>> (folder("reports") / "schema.json").is_file()
    True
    """
    places = (PACKAGE / "_resources" / name, PACKAGE.parent / name)
    for place in places:
        if place.is_dir():
            return place
    raise InputError(
        f"The folder {name} is missing: looked in {' and '.join(map(str, places))}. "
        "Install auditkit again: python -m pip install --force-reinstall --no-deps rai-auditkit."
    )
