"""The laws that every detector obeys, ours and third parties': `auditkit.testing`, over all of the catalog."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit import catalog, testing
from auditkit.core.detector import Detector

DETECTORS = [kind.specimen() for kind in catalog.detectors().values()]

every_detector = pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.code)


@every_detector
@pytest.mark.parametrize("law", testing.LAWS[1:], ids=lambda law: law.__name__)
def test_it_obeys(detector: Detector, law: testing.Law) -> None:
    law(detector)


@every_detector
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), parts=st.integers(2, 5))
def test_shards_in_any_order_tell_what_the_whole_tells(detector: Detector, seed: int, parts: int) -> None:
    testing.shards_in_any_order_tell_what_the_whole_tells(detector, seed, parts)


@every_detector
def test_no_engine_changes_what_is_told(detector: Detector) -> None:
    testing.no_order_of_the_rows_changes_what_is_told(detector, pl.DataFrame)


@every_detector
def test_it_stands_in_its_family(detector: Detector) -> None:
    family, name = detector.code.split(".")
    assert type(detector).__module__ == f"auditkit.detectors.{family}.{name}"
    package = __import__(f"auditkit.detectors.{family}", fromlist=["__all__"])
    assert type(detector).__name__ in package.__all__, (
        f"add to {family}/__init__.py: from auditkit.detectors.{family}.{name} import {type(detector).__name__}"
    )
