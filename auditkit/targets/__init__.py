"""One kind of model a file: each answers prompts with pictures or words, and loads nothing heavy before it is asked."""

from auditkit.targets.autoregressive import Autoregressive
from auditkit.targets.captioner import Captioner
from auditkit.targets.causal_lm import CausalLm
from auditkit.targets.diffusion import Diffusion
from auditkit.targets.embedder import Embedder
from auditkit.targets.endpoint import Endpoint
from auditkit.targets.folder import Folder
from auditkit.targets.function import Function
from auditkit.targets.gan import Gan
from auditkit.targets.masked_lm import MaskedLm
from auditkit.targets.seq2seq import Seq2Seq
from auditkit.targets.vae import Vae

__all__ = [
    "Autoregressive",
    "Captioner",
    "CausalLm",
    "Diffusion",
    "Embedder",
    "Endpoint",
    "Folder",
    "Function",
    "Gan",
    "MaskedLm",
    "Seq2Seq",
    "Vae",
]
