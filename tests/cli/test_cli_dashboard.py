"""`auditkit dashboard`: on this machine alone, and a sentence for whatever stands in its way."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from auditkit.cli import main

pytest.importorskip("streamlit")
ROOT = Path(__file__).parents[2]
CARELESS = """
[server]
address = "0.0.0.0"
port = 80
enableAgentApi = true
enableCORS = false
enableXsrfProtection = false
scriptHealthCheckEnabled = true
baseUrlPath = "elsewhere"
sslCertFile = "/nowhere.pem"
sslKeyFile = "/nowhere.pem"
[browser]
gatherUsageStats = true
[client]
showErrorDetails = "full"
[runner]
magicEnabled = true
[theme]
base = "http://127.0.0.1:9/theme.toml"
font = "Nunito:http://127.0.0.1:9/font.css"
[[theme.fontFaces]]
family = "far"
url = "http://127.0.0.1:9/far.woff2"
"""


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command puts its pages on the path; here only for a while."""
    monkeypatch.setattr(sys, "path", [*sys.path])


@pytest.fixture
def careless(tmp_path: Path) -> dict[str, str]:
    """The surroundings of somebody who opens Streamlit to a network, in their own folder and by every variable."""
    for folder in (tmp_path / "home", tmp_path):
        (folder / ".streamlit").mkdir(parents=True)
        (folder / ".streamlit" / "config.toml").write_text(CARELESS)
    opened = {"SERVER_ADDRESS": "0.0.0.0", "BROWSER_GATHER_USAGE_STATS": "true", "SERVER_ENABLE_AGENT_API": "true"}
    own = {f"STREAMLIT_{name}": value for name, value in opened.items()}
    return {**os.environ, **own, "HOME": str(tmp_path / "home"), "USERPROFILE": str(tmp_path / "home")}


@contextmanager
def opened(folder: Path, *more: str, env: dict[str, str] | None = None) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command as a user runs it, and the address that it says."""
    command = [sys.executable, "-m", "auditkit", "dashboard", str(folder), "--port", "0", "--no-open", *more]
    told = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": folder}
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}  # a job in the background ignores it
    process = subprocess.Popen(command, env=env, **told, **heard)
    try:
        line = process.stderr.readline()
        found = re.search(r"is at (http://127\.0\.0\.1:\d+)\. Ctrl-C ends it\.\n$", line)
        assert found, line + process.stderr.read()
        yield process, found[1]
    finally:
        process.kill()
        process.communicate()


def asked(address: str, host: str = "") -> int:
    request = urllib.request.Request(address, headers={"Host": host} if host else {})
    for _ in range(600):
        try:
            return urllib.request.urlopen(request, timeout=5).status
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"nobody answers at {address}")


def test_a_missing_folder_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["dashboard", str(tmp_path / "none")]) == 2
    assert "is no folder. Give the one that holds your reports." in capsys.readouterr().err


@pytest.mark.parametrize("version", [None, "1.40.0"])
def test_a_missing_extra_is_said(
    version: str | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, path: None
) -> None:
    import importlib.metadata
    import types

    def installed(name: str) -> str:
        if version is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setitem(sys.modules, "streamlit", None if version is None else types.ModuleType("streamlit"))
    monkeypatch.setattr(importlib.metadata, "version", installed)
    assert main(["dashboard", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.endswith("Install it: python -m pip install 'rai-auditkit[dashboard]'\n")
    assert ("1.40.0 is installed" in err) == (version is not None)


def test_a_port_in_use_is_said_and_a_free_one_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, path: None
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["dashboard", str(tmp_path), "--port", str(port), "--no-open"]) == 2
    out, err = capsys.readouterr()
    found = re.fullmatch(rf"Port {port} is in use\. Port (\d+) is free: auditkit dashboard .* --port \1\n", err)
    assert found, err
    assert out == ""
    with socket.socket() as free:
        free.bind(("127.0.0.1", int(found[1])))


@pytest.mark.parametrize("host", ["*", "a/b", "a:80", "me@a", "", "a b", "::1", "a.", "http://a"])
def test_what_is_no_hosts_name_is_said(
    host: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, path: None
) -> None:
    assert main(["dashboard", str(tmp_path), "--no-open", "--allow-host", host]) == 2
    assert "is no host's name" in capsys.readouterr().err


def test_nobodys_own_settings_count(careless: dict[str, str], tmp_path: Path) -> None:
    code = (
        f"import sys, json; sys.path.insert(0, {str(ROOT)!r})\n"
        "from dashboards.serving import settings, settle\n"
        "from streamlit import config\n"
        "own = settings(8501, ['localhost']); settle(own)\n"
        "told = {name: option.value for name, option in config.get_config_options().items()}\n"
        "print(json.dumps([own, told]))"
    )
    ran = subprocess.run([sys.executable, "-c", code], env=careless, cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    own, told = json.loads(ran.stdout)
    assert {name: told[name] for name in own} == own
    assert own["server.address"] == "127.0.0.1"
    assert own["browser.gatherUsageStats"] is False
    assert (told["server.sslCertFile"], told["theme.base"], told["theme.fontFaces"]) == (None, None, None)
    assert "127.0.0.1:9/" not in ran.stdout


@pytest.mark.slow
def test_it_serves_this_machine_alone_whatever_the_surroundings_say(careless: dict[str, str], tmp_path: Path) -> None:
    with opened(tmp_path, "--allow-host", "My.Host", env=careless) as (process, address):
        assert asked(f"{address}/") == 200
        assert asked(f"{address}/", "my.host") == 200
        assert asked(f"{address}/", "my.host.evil.example") == 403
        for path in ("metrics", "agent/interact", "agent/openapi.json", "script-health-check"):
            assert asked(f"{address}/_stcore/{path}") == 404
        port = int(address.rpartition(":")[2])
        with pytest.raises((ConnectionRefusedError, TimeoutError)):  # that only a server of all addresses would hear
            socket.create_connection(("127.0.0.2", port), timeout=2).close()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (130, "", "")
