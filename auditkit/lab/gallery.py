"""What a gallery is: a miniature asked, read and audited, and what the audit should say at each dose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from auditkit.core.annotator import Annotator
from auditkit.core.detector import Detector
from auditkit.core.probe import Probe
from auditkit.core.target import Target


@dataclass(frozen=True)
class Gallery:
    """A story about a generative model. Its parts are made when they are needed: they load what is heavy.

    name, title, family
        how it is called, how it is announced, and the bias it belongs to.
    tale, planted
        what happens, and, in one sentence, what was planted and how much of it.
    doses
        the doses of the bundled model that are audited, the strongest first.
    probe, target, readers, detectors
        what is asked, of the model at a dose, who reads the answers, and what is asked of the readings.
    roles
        the columns' roles.
    promises
        dose -> the outcome of the judgement under the default policy.
    """

    name: str
    title: str
    family: str
    tale: str
    planted: str
    doses: tuple[float, ...]
    probe: Callable[..., Probe]
    target: Callable[[float], Target]
    readers: Callable[[], tuple[Annotator, ...]]
    detectors: Callable[[], tuple[Detector, ...]]
    roles: Mapping[str, Any]
    promises: Mapping[float, str]
