"""tune: customise an existing model on curated data, audited before and after, and held to its quality.

A kind of model is one file that gives a `pupil.Pupil`; `frame` does all the rest, and `loop` is the training itself.
"""

from auditkit.lifecycle.tuning.frame import tune

__all__ = ["tune"]
