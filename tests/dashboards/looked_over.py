"""What axe says of a page, once all of the page is there and in sight."""

from __future__ import annotations

import json
from typing import Any

from tests.dashboards.conftest import settled

GRAVE = {"serious", "critical"}


def whole(page: Any, address: str) -> None:
    """Open a page, and make the window as tall as it is: of what lies in a scrolled part axe looks at no contrast, or
    stumbles over it and says nothing of contrast at all."""
    page.goto(address)
    in_full(page)


def in_full(page: Any) -> None:
    """Make the window as tall as the page."""
    settled(page)
    for _ in range(3):  # what is drawn may grow with the window
        tall = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollHeight")
        if tall <= page.viewport_size["height"]:
            return
        page.set_viewport_size({"width": page.viewport_size["width"], "height": tall})
        settled(page)


def violations(page: Any) -> list[str]:
    """Each grave violation: axe's rule, the element, and what is wrong with it; a rule that axe stumbled over is told
    as one, for it found nothing anywhere."""
    from axe_playwright_python.sync_playwright import Axe

    told = Axe().run(page, options={"resultTypes": ["violations"]}).response
    stumbled = [f"{one['id']}: {one['error']}" for kind in told.values() if isinstance(kind, list) for one in kind
                if "error" in one]  # fmt: skip
    return stumbled + [
        f"{one['id']}: {node['html'][:300]}\n  {json.dumps(node['target'])} {node['failureSummary']}"
        for one in told["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]
