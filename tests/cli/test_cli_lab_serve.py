"""`auditkit lab serve`: an endpoint on this machine, that answers as the model itself does."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from auditkit.cli import main
from auditkit.core.probe import Prompt
from auditkit.targets.causal_lm import CausalLm
from auditkit.targets.endpoint import Endpoint
from tests.lab.parrot import taught

PROMPTS = [Prompt("the cook"), Prompt("the judge"), Prompt("the nurse reads")]


@pytest.mark.slow
def test_it_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    folder = taught(tmp_path)
    command = [sys.executable, "-m", "auditkit", "lab", "serve", "causal_lm", "--port", "0", "--weights", str(folder)]
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}  # a job in the background ignores it
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **heard)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        address = re.fullmatch(r"causal_lm, dose 0 at (http://127\.0\.0\.1:\d+/v1)\. Ctrl-C ends it\.\n", line)
        assert address, line
        greedy = Endpoint("causal_lm", base_url=address[1], key_env="", temperature=0.0)
        here = CausalLm(folder, greedy=True).generate(PROMPTS, [0, 0, 0])
        assert [each.text for each in greedy.generate(PROMPTS, [0, 0, 0])] == [each.text for each in here]
        sampled = Endpoint("causal_lm", base_url=address[1], key_env="", temperature=2.0)
        seeds = range(30)
        first = sampled.generate(PROMPTS * 10, seeds)
        assert first == sampled.generate(PROMPTS * 10, seeds)
        assert first != sampled.generate(PROMPTS * 10, range(30, 60))
    finally:
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=120)
    assert (process.returncode, out, errors) == (130, "", "")


def test_what_cannot_be_served_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["lab", "serve", "vae"]) == 2
    assert "does not go on with words. Serve causal_lm." in capsys.readouterr().err
    assert main(["lab", "serve", "causal_lm", "--weights", str(tmp_path / "none")]) == 2
    assert "There are no weights in" in capsys.readouterr().err
