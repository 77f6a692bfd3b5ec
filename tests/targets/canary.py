"""A key that may turn up nowhere, and a whole reply to be cut."""

from __future__ import annotations

from tests.targets.stub import says

CANARY = "canary-0f3c9d2e71b84a65"
WHOLE = says("whole").body
