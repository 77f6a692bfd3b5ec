"""One kind of model a file: each answers prompts with pictures, and loads nothing heavy before it is asked."""

from auditkit.targets.diffusion import Diffusion
from auditkit.targets.folder import Folder
from auditkit.targets.function import Function

__all__ = ["Diffusion", "Folder", "Function"]
