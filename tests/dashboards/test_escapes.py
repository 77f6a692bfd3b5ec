"""No file but those of the folder is reached, by its address or by its name."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from dashboards import serving
from tests.dashboards.spelled import raw

PAGES = sorted(file.stem for file in Path(serving.HERE, "views").glob("*.py") if file.stem != "__init__")
SECRET = "root:x:0:0"
UP = (*(f"{'../' * n}etc/passwd" for n in (1, 3, 6, 12)), "../../../../../../etc/passwd\x00.json")
ESCAPES = (
    *UP,
    *("%2e%2e/" * 8 + "etc/passwd", "%2e%2e%2f" * 8 + "etc%2fpasswd", "..%2f" * 8 + "etc/passwd"),
    *("%252e%252e%252f" * 8 + "etc%252fpasswd", "..%c0%af" * 8 + "etc/passwd", "..%5c" * 8 + "etc%5cpasswd"),
    *("....//" * 8 + "etc/passwd", "..;/" * 8 + "etc/passwd", ".%00./" * 8 + "etc/passwd", "..\\" * 8 + "etc\\passwd"),
    *("/etc/passwd", "//etc/passwd", "///etc/passwd", "file:///etc/passwd", "%2fetc%2fpasswd", "\\etc\\passwd"),
    *(
        "~/../../etc/passwd",
        "./" * 5 + "../" * 8 + "etc/passwd",
        "compas/../../../../../../etc/passwd",
        "/proc/1/environ",
    ),
    *(
        "/proc/self/cmdline",
        "\\\\127.0.0.1\\c$\\x",
        "C:\\Windows\\win.ini",
        "C:/Windows/win.ini",
        "//?/C:/x",
        "CON",
        "NUL",
    ),
    *("compas/report.json/../../../../../../etc/passwd", "report.json\n../../etc/passwd", "..", ".", "", "a" * 5000),
    *("％2e％2e/etc/passwd", "．．/．．/etc/passwd", "compas//report.json", "/dev/stdin", "http://127.0.0.1:1/x"),
)


@pytest.mark.slow
@pytest.mark.parametrize("escape", ESCAPES, ids=range(len(ESCAPES)))
def test_no_file_is_fetched_by_its_address(escape: str, served: str) -> None:
    host = served.removeprefix("http://")
    home = raw(served, "/", [("Host", host)]).body
    spelled = quote(escape, safe="/%.;~\\:$?")
    for under in ("/", "/static/", "/media/", "/report/", "/component/", "/_stcore/", "/app/static/"):
        answer = raw(served, under + spelled, [("Host", host)])
        seen = answer.status in (301, 307, 400, 404, 414) or answer.body == home
        assert seen, (under, escape)
        assert re.match(rf"({served})?/(?![/\\])", answer.headers.get("location", "/")), "it sends elsewhere"


@pytest.mark.parametrize("page", PAGES)
def test_no_file_is_opened_by_its_name(page: str, at_page, shelf: Path) -> None:
    """Whatever a link spells, a page shows what lies in the folder, and says that the rest is not there."""
    (shelf.parent / "outside.json").write_text(json.dumps({"schema": 1, "levels": [], "secret": SECRET}))
    at = at_page(page, shelf)
    for escape in ("../outside.json", str(shelf.parent / "outside.json")):
        for name in ("report", "run", "finding"):
            at.query_params[name] = escape
        at.run()
        assert not at.exception
        told = "".join(str(getattr(element, "proto", "")) for element in [*at.main, *at.sidebar])
        assert page.capitalize() in told
        assert SECRET not in told
