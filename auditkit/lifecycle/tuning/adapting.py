"""A low-rank adapter, put into a module by peft; merged and saved as safetensors when it has learned."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit import weights
from auditkit.core.errors import InputError, nearest
from auditkit.lifecycle.tuning.pupil import Lora

if TYPE_CHECKING:
    from torch import nn

LINEAR = "all-linear"
SHOWN = 12


def adapted(module: nn.Module, lora: Lora, title: str, **more: Any) -> tuple[Any, tuple[str, ...]]:
    """The module frozen, with an adapter in the modules named, by default in every linear one but the last.

    Gives what peft makes of it and the full names of the modules that have an adapter; `more` goes to `LoraConfig`.
    Raises `InputError` where peft is not there, and where no module has one of the names, listing those that could.
    """
    peft = _peft()
    wanted = list(lora.modules) or LINEAR
    _known(module, lora.modules, title)
    config = peft.LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules=wanted, **more)
    with weights.quiet("transformers"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that go away, and of settings that peft puts right by itself
        made = peft.get_peft_model(module, config)
    names = [name for name, each in made.base_model.model.named_modules() if hasattr(each, "lora_A")]
    return made, tuple(names)


def adaptable(module: nn.Module) -> tuple[str, ...]:
    """The last part of the names of the modules that an adapter fits into, in alphabetical order."""
    fits = ("Linear", "Conv1D", "Conv2d", "Embedding")
    found = {name.rsplit(".", 1)[-1] for name, each in module.named_modules() if type(each).__name__ in fits}
    return tuple(sorted(found))


def saved(made: Any, folder: Path, title: str) -> Any:
    """Save the adapter in a folder, told to be of the model `title`; gives the module with the adapter merged into it.

    No folder of this machine is named in it: whoever opens it says where the base model lies.
    """
    for config in made.peft_config.values():
        config.base_model_name_or_path = title
        if isinstance(config.target_modules, set):  # whose order is another in every process
            config.target_modules = sorted(config.target_modules)
    with weights.quiet("transformers"):
        made.save_pretrained(str(folder), safe_serialization=True, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)  # a form to be filled in; the card of the model says it all
    return made.merge_and_unload()


def _known(module: nn.Module, wanted: tuple[str, ...], title: str) -> None:
    there = adaptable(module)
    ends = [name for name, _ in module.named_modules()]
    for name in wanted:
        if not any(end == name or end.endswith(f".{name}") for end in ends):
            more = f" and {len(there) - SHOWN} more" if len(there) > SHOWN else ""
            raise InputError(
                f'{title} has no module "{name}" to adapt.{nearest(name, there)} '
                f"It has: {', '.join(there[:SHOWN]) or 'none that an adapter fits into'}{more}."
            )
        if name.rsplit(".", 1)[-1] not in there:
            raise InputError(f'No adapter fits into "{name}" of {title}. One fits into: {", ".join(there[:SHOWN])}.')


def _peft() -> Any:
    try:
        import peft
    except ImportError as error:
        raise InputError(
            "LoRA needs peft. Install it: python -m pip install 'rai-auditkit[models]'; or train all: --method full."
        ) from error
    return peft
