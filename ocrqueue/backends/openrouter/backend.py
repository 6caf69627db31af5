"""Reads pages with models elsewhere: blank ones never leave, the others go out as bare pixels."""

import os
import random
import time
from collections.abc import Callable
from contextlib import closing
from typing import cast

from ocrqueue.backends import prompts
from ocrqueue.backends.base import OnTokens, tell_nobody
from ocrqueue.backends.by_task import ByTask
from ocrqueue.backends.openrouter import account, model_pool, page_request, service
from ocrqueue.backends.openrouter.client import MODELS, Client
from ocrqueue.backends.openrouter.failure import NO_GATE
from ocrqueue.backends.openrouter.model_pool import ModelPool
from ocrqueue.backends.openrouter.page_request import PageRequest
from ocrqueue.backends.openrouter.service import Service
from ocrqueue.model.document import Task
from ocrqueue.model.errors.operator import SettingsError
from ocrqueue.model.errors.page import BackendUnavailable, PoolStopped, ReadingUnusable
from ocrqueue.model.gate import Gate, LocalGate
from ocrqueue.model.page import ImageMode, PageImage, Reply
from ocrqueue.settings.engines import Candidate, OpenRouterSettings
from ocrqueue.settings.secrets import Secret, key_in_environment, key_in_file
from ocrqueue.text import quality

LIST_S = 10.0  # for the list of models
LIST_HOLDS_S = 86400.0
STOPPED_HOLDS_S = 60.0  # where nothing works as it is set up: somebody may have mended it


class OpenRouter(ByTask):
    """Reads pages through OpenRouter, or through any server that speaks OpenAI's protocol."""

    image_mode: ImageMode | None = ImageMode.RGB

    def __init__(
        self,
        settings: OpenRouterSettings,
        *,
        nap: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the settings apart; nothing is read or connected before the first page.

        Raises:
            BackendUnavailable: they make no sense.
        """
        self.name = settings.name
        try:
            self._service = service.read(settings)
        except ValueError as error:
            raise BackendUnavailable(str(error)) from error
        self.model = self._service.models[0]
        self.on_tokens: OnTokens = tell_nobody
        self._nap = nap
        self._chance = chance
        self._clock = clock
        self._gate: Gate | None = LocalGate(time.monotonic) if self._service.is_own else None
        self._client: Client | None = None
        self._models = ModelPool(self._service, {}, clock)
        self._has_stopped = False  # a page, since they were made
        self._made_at = 0.0
        self._made_by = 0  # process: a connection does not survive a fork

    def use_gate(self, gate: Gate) -> None:
        """Ask this gate before each request; without one nothing that costs money is sent."""
        self._gate = gate

    def reserves(self) -> int:
        """Return the most that one page of common size may cost in one request, in micro-USD."""
        plan = page_request.first(self._service, self._models)
        prompt = self._prompt(Task.PAGE)
        return page_request.reservation(self._service, self._models, prompt, plan)

    def obey(self, asked: Candidate) -> None:
        """Ask with these settings from now on.

        Raises:
            ReadingUnusable: they make no sense.
        """
        try:
            self._service = service.read(cast("OpenRouterSettings", asked))
        except ValueError as error:
            raise ReadingUnusable(str(error)) from error

    def read(self, task: Task, image: PageImage, deadline: float, page: int) -> Reply:
        """Read an image as the task says.

        Raises:
            PageError: any that a remote service is the reason for, or the time that passed;
                ReplyRejected: all that was said is no page.
        """
        if image.ink < quality.LEAST_INK:
            return Reply(text="", backend=self.name, model=self.model, cost_usd=0.0)
        if self._gate is None:
            raise PoolStopped(NO_GATE.message)
        client = self._connected(deadline)
        client.on_tokens = self.on_tokens
        wanted = PageRequest(
            image=image,
            task=task,
            prompt=self._prompt(task),
            deadline=deadline,
            page=page,
            service=self._service,
            client=client,
            models=self._models,
            gate=self._gate,
            nap=self._nap,
            chance=self._chance,
        )
        try:
            return page_request.read(wanted)
        except PoolStopped:
            self._has_stopped = True
            raise

    def close(self) -> None:
        """Close the connection and forget what was listed."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _prompt(self, task: Task) -> str:
        own = self._service.settings.prompt if task is Task.PAGE else ""
        return own or prompts.prompt(task).text

    def _connected(self, deadline: float) -> Client:
        """Return the client; where it is old, with list, models and key as they are now."""
        client, holds_s = self._client, STOPPED_HOLDS_S if self._has_stopped else LIST_HOLDS_S
        is_old = self._clock() - self._made_at > holds_s
        if client is None or is_old or self._made_by != os.getpid():
            self.close()
            client = self._client = _client(self._service)
            soon = min(deadline, time.monotonic() + LIST_S)
            asks = self._service.is_openrouter
            listed = model_pool.read(client.look(MODELS, soon)[1]) if asks else {}
            self._models = ModelPool(self._service, listed, self._clock)
            self._made_at, self._made_by = self._clock(), os.getpid()
            self._has_stopped = False
        return client


create = OpenRouter  # what `factory` asks a backend's module for


def check(candidate: OpenRouterSettings) -> list[str]:
    """Return what keeps the candidate from working, in words; sends nothing."""
    try:
        there = service.read(candidate)
        _client(there).close()
    except (ValueError, PoolStopped) as error:
        return [str(error)]
    models = ModelPool(there, {}, time.monotonic)
    # What is unknown here of some models, OpenRouter may list: then they are asked all the same.
    is_sure = there.is_own or not models.names
    return list(models.dropped.values()) if is_sure else []


def ask(candidate: OpenRouterSettings) -> list[str]:
    """Return what the service itself says against the candidate, in words; sends no page."""
    try:
        there = service.read(candidate)
        client = _client(there)
    except (ValueError, PoolStopped) as error:
        return [str(error)]
    with closing(client):  # it may list what `check` does not know: a price
        return account.objections(there, client, time.monotonic() + LIST_S)


def _client(there: Service) -> Client:
    try:
        return Client(there, _key(there), there.proxy)
    except SettingsError as error:
        problem = str(error)
    except OSError as error:
        problem = f"the certificates in {there.settings.ca_file} cannot be read: {error.strerror}"
    raise PoolStopped(problem)


def _key(there: Service) -> Secret | None:
    """Return the key; the one of the environment is OpenRouter's, and goes nowhere else."""
    if there.settings.key_file:
        return key_in_file(there.settings.key_file)
    if not there.is_openrouter:
        return None
    if key := key_in_environment():
        return key
    raise SettingsError("there is no key: set OPENROUTER_API_KEY, or name a key_file")
