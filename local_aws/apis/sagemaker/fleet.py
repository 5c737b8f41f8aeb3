"""The instances that serve one endpoint, by variant: traffic by weight, shortest line, and a deadline."""

from __future__ import annotations

import asyncio
import random
import secrets
from bisect import bisect
from dataclasses import dataclass, field
from pathlib import Path

from local_aws.apis.sagemaker.instance import Instance, Program, StartError
from local_aws.apis.sagemaker.model_connection import NotServedError, Reply
from local_aws.logs import Logs

_STARTING_AT_ONCE = 4
_LONGEST_DRAIN_SECONDS = 60.0


class NoSuchVariantError(Exception):
    """The endpoint has no variant of this name."""


class DownError(Exception):
    """No model server of the variant can be started; says why."""


class ReplacedError(Exception):
    """The fleet ended before the request was begun; another fleet may serve it."""


@dataclass
class Variant:
    """One production variant: what its instances run, its share of the traffic, and the instances."""

    name: str
    program: Program
    directory: Path
    weight: float
    instances: list[Instance] = field(default_factory=list)

    def shortest_line(self) -> Instance | None:
        serving = [instance for instance in self.instances if instance.state == "serving"]
        if len(serving) <= 1:
            return serving[0] if serving else None
        return min(serving, key=lambda instance: instance.line)


class Fleet:
    """All instances of one endpoint under one configuration."""

    def __init__(self, variants: list[Variant], logs: Logs, log_group: str) -> None:
        self._variants = {variant.name: variant for variant in variants}
        self._logs = logs
        self._log_group = log_group
        self._ended = False
        self._change = asyncio.get_running_loop().create_future()
        self._names: list[str] = []
        self._weights: list[float] = []
        self._draw_by_weight()

    @property
    def variants(self) -> list[Variant]:
        return list(self._variants.values())

    async def start(self, counts: dict[str, int]) -> None:
        """Bring every variant to its number of instances. Raises StartError; what was started for it is then ended."""
        bound = asyncio.Semaphore(_STARTING_AT_ONCE)
        fresh: list[tuple[Variant, Instance]] = []
        for variant in self.variants:
            missing = counts[variant.name] - len(variant.instances)
            fresh += [(variant, self._new_instance(variant)) for _ in range(missing)]

        async def start(variant: Variant, instance: Instance) -> None:
            async with bound:
                try:
                    await instance.start()
                except StartError as error:
                    raise StartError(_unhealthy(variant.name, str(error))) from None

        try:
            async with asyncio.TaskGroup() as group:
                for variant, instance in fresh:
                    group.create_task(start(variant, instance))
        except BaseException as failure:
            for variant, instance in fresh:
                variant.instances.remove(instance)
            await asyncio.gather(*(instance.end() for _, instance in fresh))
            if isinstance(failure, ExceptionGroup):
                raise failure.exceptions[0] from None
            raise

    async def shrink(self, counts: dict[str, int]) -> None:
        """End what a variant has beyond its number of instances, the ones with the longest lines last."""
        for variant in self.variants:
            variant.instances.sort(key=lambda instance: (instance.state == "serving", instance.line), reverse=True)
            surplus = variant.instances[counts[variant.name] :]
            del variant.instances[counts[variant.name] :]
            await _end_when_idle(surplus)

    def weigh(self, weights: dict[str, float]) -> None:
        """Change variants' shares of the traffic."""
        for name, weight in weights.items():
            self._variants[name].weight = weight
        self._draw_by_weight()

    async def end(self) -> None:
        """Let the requests in line finish, then end every instance. New requests raise ReplacedError."""
        self._ended = True
        self._changed()
        await _end_when_idle([instance for variant in self.variants for instance in variant.instances])

    async def kill(self) -> None:
        """End every instance at once."""
        self._ended = True
        self._changed()
        await asyncio.gather(*(instance.end() for variant in self.variants for instance in variant.instances))

    def choose(self, target: str | None) -> Variant:
        """The variant for a request: the one it names, else one drawn by weight. Raises NoSuchVariantError."""
        if target is None:
            last = len(self._names) - 1
            drawn = bisect(self._weights, random.random() * self._weights[-1], 0, last) if last else 0  # noqa: S311
            return self._variants[self._names[drawn]]
        try:
            return self._variants[target]
        except KeyError:
            raise NoSuchVariantError(target) from None

    async def serve(self, variant: Variant, request: bytes) -> tuple[Instance, Reply]:
        """Have an instance of the variant answer, waiting for one that starts.

        Raises TimeoutError past the time that the container has, DiedError when the model server ended over this very
        request, DownError when none can be started, OverloadedError, ReplacedError.
        """
        deadline = asyncio.get_running_loop().time() + variant.program.answer_seconds
        while True:
            instance = variant.shortest_line()
            if instance is None:
                await self._instance_of(variant, deadline)
                continue
            try:
                answer = instance.send(request)
                return instance, await _within(instance, answer, deadline)
            except NotServedError:
                continue

    async def _instance_of(self, variant: Variant, deadline: float) -> None:
        """Wait until something changed that may give the variant an instance to serve."""
        if self._ended:
            raise ReplacedError
        if variant.instances and all(instance.state == "down" for instance in variant.instances):
            raise DownError(variant.instances[0].reason)
        async with asyncio.timeout_at(deadline):
            await asyncio.shield(self._change)

    def _new_instance(self, variant: Variant) -> Instance:
        id = f"i-0{secrets.token_hex(8)}"
        log = self._logs.open(self._log_group, f"{variant.name}/{id}")
        instance = Instance(id, variant.program, variant.directory / id, log, self._changed)
        variant.instances.append(instance)
        return instance

    def _changed(self) -> None:
        before, self._change = self._change, asyncio.get_running_loop().create_future()
        before.set_result(None)

    def _draw_by_weight(self) -> None:
        weighted = [variant for variant in self.variants if variant.weight > 0]
        self._names = [variant.name for variant in weighted]
        self._weights = [sum(one.weight for one in weighted[: count + 1]) for count in range(len(weighted))]


async def _within(instance: Instance, answer: asyncio.Future[Reply], deadline: float) -> Reply:
    """The answer. Raises TimeoutError past the deadline; cheaper than asyncio.timeout, and it ends a stuck server."""
    late = False

    def give_up() -> None:
        nonlocal late
        late = True
        instance.give_up_on(answer)

    timer = asyncio.get_running_loop().call_at(deadline, give_up)
    try:
        return await answer
    except asyncio.CancelledError:
        if late:
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()


async def _end_when_idle(instances: list[Instance]) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _LONGEST_DRAIN_SECONDS
    while any(instance.line for instance in instances) and loop.time() < deadline:
        await asyncio.sleep(0.02)
    await asyncio.gather(*(instance.end() for instance in instances))


def _unhealthy(variant: str, reason: str) -> str:
    return (
        f"The primary container for production variant {variant} did not pass the ping health check. "
        f"Please check CloudWatch logs for this endpoint. {reason}"
    )
