"""One kind of model a file: each answers prompts with pictures, and loads nothing heavy before it is asked."""

from auditkit.targets.autoregressive import Autoregressive
from auditkit.targets.diffusion import Diffusion
from auditkit.targets.folder import Folder
from auditkit.targets.function import Function
from auditkit.targets.gan import Gan
from auditkit.targets.vae import Vae

__all__ = ["Autoregressive", "Diffusion", "Folder", "Function", "Gan", "Vae"]
