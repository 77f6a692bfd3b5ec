"""What a gallery is: a miniature asked, read and audited, and what the audit should say at each dose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
        what is asked, of the model at a dose, who reads the answers, and what is asked of the readings at a dose.
    roles
        the columns' roles.
    beside
        what else is asked, of what, and read alike: real pictures, or a control; by the name of the arm.
    arm
        the name of the model's own arm, where others are beside it.
    decoders
        the same model at the dose, asked the same in another way: greedily, for example; by the name of the arm.
    rows
        what becomes of the table of answers before it is audited: a choice is two rows, for example.
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
    detectors: Callable[[float], tuple[Detector, ...]]
    roles: Mapping[str, Any]
    promises: Mapping[float, str]
    beside: Mapping[str, Callable[[], tuple[Probe, Target]]] = field(default_factory=dict)
    arm: str = "generated"
    decoders: Mapping[str, Callable[[float], Target]] = field(default_factory=dict)
    rows: Callable[[Any], Any] | None = None
