"""A language model behind a server: any that speaks the protocol of OpenAI, far away or on this machine.

vLLM, Ollama, llama.cpp, Azure and most vendors speak it. Several prompts are asked at the same time, each in a thread
of its own, and each answer is recorded as it comes. The key is read from an environment variable when a request is
made, and stands nowhere else. Whether the same seed meets the same answer is the server's affair: what was answered is
recorded, and not asked again.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import Any, ClassVar, Literal, get_args

from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt, Verb
from auditkit.core.target import Answer, Refusal, Target
from auditkit.targets import replying
from auditkit.targets.addressing import address, keyless
from auditkit.targets.choosing import chosen, offered, told_of
from auditkit.targets.holding import paired
from auditkit.targets.messaging import before, messages, written
from auditkit.targets.requesting import Client

Api = Literal["chat", "completions"]
PATHS: Mapping[Api, str] = {"chat": "chat/completions", "completions": "completions"}
VERBS: Mapping[Api, tuple[Verb, ...]] = {
    "chat": ("generate", "caption", "decide"),
    "completions": ("generate", "score", "decide"),
}
OWN = frozenset({"model", "messages", "prompt", "temperature", "max_tokens", "top_p", "logprobs", "top_logprobs"})
OWN |= {"seed", "stream", "n", "echo", "stop"}
"""What a request holds, so that nothing `extra` may replace it."""
TOP = 20
"""How many first tokens are asked for; servers offer no more."""
SEEDS = 2**31
"""Servers take seeds below this."""


@dataclass(frozen=True)
class Endpoint(Target):
    """A model of a server: `/v1/chat/completions`, or with `api="completions"` `/v1/completions`.

    `base_url` is where the server is, with its `/v1`; `key_env` names the environment variable of the key ("" for
    none). `temperature`, `max_tokens` and `top_p` decode; `None` is not sent, and the server's own default. `extra` are
    more fields of the request. `seed=False` sends no seed. `question` stands in a caption's prompt that has no words.

    A request that meets 429, an error of the server, a time-out, a dropped connection or broken JSON is made again up
    to `retries` times, later and later, and as late as the server asks; then the answer is recorded as failed, by its
    kind. `timeout` are seconds for a whole reply. At most `concurrent` prompts are asked at the same time, and at most
    `requests_per_minute`. `met` counts what was met since the object was made.

    With `logprobs` an answer tells its `log_probability` and `tokens` where the server does, and `decide` asks for one
    token and draws by the seed (at temperature 0 it takes the likeliest) from the options by their first tokens, among
    the twenty likeliest: "mass" is their sum. Where options share a first token, or nothing is told, and without
    `logprobs`, `decide` answers in the model's own words, for a parser of choices to read. `score` needs a server that
    echoes what it is sent with log probabilities.

    Raises `InputError` for a key in place of its name, for plain http to another machine unless `insecure`, and, when
    asked, for a key, a model or a question that the server does not take: such a run stops, and goes on once mended.

    >>> Endpoint("llama3.2", base_url="http://127.0.0.1:11434/v1", key_env="").verbs
    ('generate', 'caption', 'decide')
    """

    model: str
    _: KW_ONLY
    base_url: str
    api: Api = "chat"
    key_env: str = "OPENAI_API_KEY"
    temperature: float | None = 1.0
    max_tokens: int | None = 256
    top_p: float | None = None
    logprobs: bool = False
    seed: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)
    question: str = "Describe this picture in one sentence."
    timeout: float = 60.0
    retries: int = 6
    concurrent: int = 4
    requests_per_minute: float | None = None
    insecure: bool = False
    title: str = ""
    batch, portable = 1, True
    _client: ClassVar[Client]  # one an object, and no field: neither compared, nor shown, nor sent

    def __post_init__(self) -> None:
        keyless(self.key_env, {each.name: getattr(self, each.name) for each in fields(self)})
        self._checked()
        object.__setattr__(self, "base_url", address(self.base_url, self.insecure))
        object.__setattr__(self, "title", self.title or self.model)
        object.__setattr__(self, "_client", self._connected())

    def _checked(self) -> None:
        """Raise `InputError` for settings that no server could be asked with."""
        if self.api not in PATHS:
            raise InputError(f'There is no api "{self.api}". Choose one of: {", ".join(get_args(Api))}.')
        if not self.model:
            raise InputError("The model has no name. Give the name that the server knows it by.")
        least = {"max_tokens": 1, "retries": 0, "concurrent": 1, "temperature": 0}
        for name, bound in least.items():
            if (value := getattr(self, name)) is not None and value < bound:
                raise InputError(f"{name} is {value}. Give at least {bound}.")
        for name in ("timeout", "requests_per_minute"):
            if (value := getattr(self, name)) is not None and not value > 0:
                raise InputError(f"{name} is {value}. Give a number above 0.")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise InputError(f"top_p is {self.top_p}. Give a share above 0 and at most 1, or leave it out.")
        if taken := sorted(OWN & set(self.extra)):
            raise InputError(f'extra has "{taken[0]}", which is decided elsewhere: use the fields of Endpoint.')
        try:
            json.dumps(dict(self.extra), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise InputError(f"extra holds what JSON cannot: {error}. Give plain values.") from None

    def _connected(self) -> Client:
        return Client(self.base_url, self.key_env, self.timeout, self.retries, self.requests_per_minute)

    @property
    def fingerprint(self) -> str:
        """The digest of server, model and api: whose weights answer, only the server knows."""
        told = json.dumps(["endpoint", self.base_url, self.model, self.api])
        return hashlib.sha256(told.encode()).hexdigest()

    @property
    def settings(self) -> Mapping[str, Any]:
        """How it decodes; `None` is the server's default."""
        names = ("api", "temperature", "max_tokens", "top_p", "logprobs", "seed", "question")
        return {name: getattr(self, name) for name in names} | {"extra": dict(self.extra)}

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """What its api can do."""
        return VERBS[self.api]

    @property
    def met(self) -> Counter[str]:
        """What was met so far: answered, refused, 429, 500, ..., time-outs, broken, unreachable, retries."""
        return self._client.met

    def generate(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """What the model says to each prompt."""
        return self._each("generate", self._said, prompts, seeds)

    def caption(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """What the model says that each prompt's picture shows."""
        return self._each("caption", self._captioned, prompts, seeds)

    def decide(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """One of each prompt's options, or what the model says where their first tokens do not tell them apart."""
        return self._each("decide", self._decided, prompts, seeds)

    def score(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """The log probability of each prompt's words after what is given, of a server that echoes."""
        return self._each("score", self._scored, prompts, seeds)

    def _each(
        self, verb: Verb, ask: Callable[[Prompt, int], Answer], prompts: Sequence[Prompt], seeds: Sequence[int]
    ) -> list[Answer]:
        if verb not in self.verbs:
            raise self._cannot(verb)
        paired(prompts, seeds)
        answers = []
        for prompt, seed in zip(prompts, seeds, strict=True):
            answers.append(answer := ask(prompt, seed))
            self._client.count("refused" if isinstance(answer, Refusal) else "answered")
        return answers

    def _said(self, prompt: Prompt, seed: int) -> Answer:
        more = {"logprobs": True if self.api == "chat" else 1} if self.logprobs else {}
        return self._client.ask(self._path, self._body(prompt, seed, more), seed, replying.said)

    def _captioned(self, prompt: Prompt, seed: int) -> Answer:
        if prompt.image is None:
            raise InputError("There is no picture to caption in this prompt. Give it an image, or ask to generate.")
        return self._said(prompt, seed)

    def _decided(self, prompt: Prompt, seed: int) -> Answer:
        """By the first token where that tells the options apart, else in the model's words."""
        offered(prompt.options, prompt.text)
        if not self.logprobs:
            return self._said(prompt, seed)
        told = self._client.ask(self._path, self._body(prompt, seed, self._first), seed, replying.opening)
        if isinstance(told, Refusal):
            return told
        chances = replying.weighed(told.chances, prompt.options)
        if chances is None:
            return self._said(prompt, seed)
        logs = [math.log(chance) if chance else -math.inf for chance in chances]
        cooled = [log / (self.temperature or 1) for log in logs]
        answer = chosen(prompt.options, cooled, random.Random(seed).random(), greedy=self.temperature == 0)
        return answer._replace(told={**told_of(prompt.options, logs), **told.system})

    @property
    def _first(self) -> dict[str, Any]:
        """How the first token is asked for: at temperature 1, the same whether chances are told before or after it."""
        shown = {"logprobs": True, "top_logprobs": TOP} if self.api == "chat" else {"logprobs": TOP}
        unset = self.temperature is None
        return {**shown, "max_tokens": self.max_tokens and 1, "temperature": None if unset else 1.0, "top_p": None}

    def _scored(self, prompt: Prompt, seed: int) -> Answer:
        whole, start = written(prompt), len(before(prompt))
        body = self._body(prompt, seed, {"echo": True, "logprobs": 1, "max_tokens": 1})

        def read(reply: Any) -> Answer:
            return replying.scored(reply, start, len(whole), self.title)

        return self._client.ask(self._path, body, seed, read)

    def _body(self, prompt: Prompt, seed: int, more: Mapping[str, Any]) -> dict[str, Any]:
        """A request's fields; what is `None` is not sent."""
        chat = self.api == "chat"
        asked = {"messages": messages(prompt, self.question)} if chat else {"prompt": written(prompt)}
        how = {name: getattr(self, name) for name in ("temperature", "max_tokens", "top_p")}
        told = {"model": self.model, **asked, **how, "seed": seed % SEEDS if self.seed else None, **more}
        return {name: value for name, value in {**self.extra, **told}.items() if value is not None}

    @property
    def _path(self) -> str:
        return PATHS[self.api]

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: the other process makes connections of its own."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        object.__setattr__(self, "_client", self._connected())
