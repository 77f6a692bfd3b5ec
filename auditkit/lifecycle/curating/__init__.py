"""curate: from a data set and its report to a better data set with its provenance, audited before and after."""

from auditkit.lifecycle.curating.manual import MANUAL
from auditkit.lifecycle.curating.phase import Curation, curate
from auditkit.lifecycle.curating.recipe import Recipe, read_recipe, recipe_of

__all__ = ["MANUAL", "Curation", "Recipe", "curate", "read_recipe", "recipe_of"]
