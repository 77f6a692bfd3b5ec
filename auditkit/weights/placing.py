"""Where a model lies: a folder, or the hub's snapshot of it; if neither, one sentence and the command that helps."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from auditkit.core.errors import InputError
from auditkit.weights.guarding import PICKLED, guarded, pickled

Kind = Literal["diffusers", "transformers"]
WITHIN = "[!1]*/*"
"""What lies in folders within is left out, but for `1_Pooling`: how sentence vectors are made of those of tokens."""
PLAIN = ["*.safetensors", "*.json", "*.txt", "*.model", "*.spm", "*.jinja"]


def place(model: str | os.PathLike[str], kind: Kind, revision: str | None = None, variant: str | None = None) -> Path:
    """The folder that holds a model, found to hold plain data only.

    A folder is taken as it is. Anything else is the id of a model on the hub: its snapshot is taken from the cache, or
    fetched, without any file that can run. Raises `InputError` where there is none, naming the command that fetches it.
    """
    where = Path(model).expanduser()
    if where.is_dir():
        return guarded(where)
    if where.is_file():
        raise (
            pickled(where)
            if where.suffix in PICKLED
            else InputError(f"{where} is a file. Give the folder that holds the model, as save_pretrained writes it.")
        )
    if str(model).startswith((".", "~", "/", "\\")) or str(model).count("/") > 1:
        raise InputError(f"There is no folder {model}. Give a folder that exists or the id of a model on the hub.")
    return guarded(_snapshot(str(model), kind, revision, variant))


def _snapshot(model: str, kind: Kind, revision: str | None, variant: str | None) -> Path:
    """The folder of the hub's cache with this revision, fetched if need be."""
    library = needed(kind)
    hub = needed("huggingface_hub")
    try:
        with quiet(kind, bars=sys.stderr.isatty()):
            if kind == "transformers":
                return Path(
                    hub.snapshot_download(model, revision=revision, allow_patterns=PLAIN, ignore_patterns=WITHIN)
                )
            options = {"use_safetensors": True, "trust_remote_code": False}
            return Path(library.DiffusionPipeline.download(model, revision=revision, variant=variant, **options))
    except (OSError, ValueError) as error:
        raise _missing(model, revision, error) from None


def _missing(model: str, revision: str | None, error: Exception) -> InputError:
    """What to say of a model that could not be fetched: gated, unknown, or out of reach."""
    from huggingface_hub import errors

    cause = error.__cause__ or error
    at = f" --revision {revision}" if revision else ""
    if isinstance(cause, errors.GatedRepoError):
        return InputError(f"{model} is gated. Accept its terms on the hub and log in: hf auth login.")
    if isinstance(cause, errors.RepositoryNotFoundError | errors.HFValidationError):
        return InputError(f"There is no model {model} on the hub and no folder of that name. Check the spelling.")
    if isinstance(cause, errors.RevisionNotFoundError):
        return InputError(f"{model} has no revision {revision}. Leave it out for the newest.")
    if isinstance(cause, OSError | errors.EntryNotFoundError):
        return InputError(
            f"{model} is not on this machine and the hub cannot be reached. "
            f"Fetch it where there is a network: hf download {model}{at}. Or give a folder that holds it."
        )
    return InputError(f"{model} cannot be fetched: {one_line(cause)} Check the id, the revision and the variant.")


def needed(library: str) -> Any:
    """A library of the extra `models`; raises `InputError` with the command that installs it."""
    try:
        return import_module(library)
    except ImportError:
        raise InputError(
            f'{library} is not installed, and models need it. Install it: pip install "rai-auditkit[models]".'
        ) from None


def one_line(error: BaseException) -> str:
    """The first line of a library's message, shortened."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
    return f"{first[:240]}."


@contextmanager
def quiet(kind: Kind, bars: bool = False) -> Iterator[None]:
    """No remarks of a library and, unless asked for, no progress bars; all as before afterwards."""
    libraries = ("diffusers", "transformers") if kind == "diffusers" else ("transformers",)
    speakers = [needed(library).utils.logging for library in libraries]
    before = [(speaker.get_verbosity(), speaker.is_progress_bar_enabled()) for speaker in speakers]
    for speaker in speakers:
        speaker.set_verbosity_error()
        _show_bars(speaker, bars and speaker.is_progress_bar_enabled())
    try:
        yield
    finally:
        for speaker, (verbosity, shown) in zip(speakers, before, strict=True):
            speaker.set_verbosity(verbosity)
            _show_bars(speaker, shown)


def _show_bars(speaker: Any, shown: bool) -> None:
    """Progress bars on or off, unless the environment has settled it (which the libraries warn of)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (speaker.enable_progress_bar if shown else speaker.disable_progress_bar)()
