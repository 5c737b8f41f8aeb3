"""What endpoints go through: brought up, replaced, scaled, ended, and brought back when local AWS starts again.

A plan, kept in the endpoint's document, says all that is needed to serve: the variants of the configuration with the
containers of their models, as they were when it was deployed, and the id of the directory with their files.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from local_aws import context
from local_aws.apis.sagemaker import resources
from local_aws.apis.sagemaker.fleet import Fleet, Variant
from local_aws.apis.sagemaker.instance import StartError
from local_aws.apis.sagemaker.model_files import prepare
from local_aws.apis.sagemaker.resources import ENDPOINT
from local_aws.context import Here, Server
from local_aws.objects import ObjectsError
from local_aws.registry import on_start, on_stop
from local_aws.store import Document

Plan = dict[str, Any]
"""{"id": str, "variants": [production variant of the configuration | {"containers": [container definition]}]}."""
Key = tuple[str, str, str]
"""Account, region, endpoint name."""

_LONGEST_REASON = 1024
_LONGEST_WAIT_SECONDS = 60.0
_INTERRUPTED = "The update was interrupted because local AWS stopped; the endpoint serves what it served before."
_FAULT = "Local AWS failed; its log says why."

_log = logging.getLogger(__name__)

_live: dict[Key, Fleet] = {}
_returning: dict[Key, asyncio.Event] = {}
_work: set[asyncio.Task[None]] = set()


def log_group(endpoint: str) -> str:
    return f"/aws/sagemaker/Endpoints/{endpoint}"


def counts(plan: Plan) -> dict[str, int]:
    return {variant["VariantName"]: variant["InitialInstanceCount"] for variant in plan["variants"]}


def weights(plan: Plan) -> dict[str, float]:
    return {variant["VariantName"]: variant["InitialVariantWeight"] for variant in plan["variants"]}


def summaries(plan: Plan, *, serving: Plan | None) -> list[dict[str, Any]]:
    """ProductionVariants as DescribeEndpoint shows them: what `plan` wants, and what `serving` gives now."""
    now_serving = {variant["VariantName"]: variant for variant in (serving or {"variants": []})["variants"]}
    shown = []
    for variant in plan["variants"]:
        current = now_serving.get(variant["VariantName"])
        images = [container["Image"] for container in variant["containers"] if "Image" in container]
        shown.append(
            {
                "VariantName": variant["VariantName"],
                "DeployedImages": [
                    {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": resources.now()}
                    for image in images
                ],
                "CurrentWeight": current["InitialVariantWeight"] if current else 0.0,
                "DesiredWeight": variant["InitialVariantWeight"],
                "CurrentInstanceCount": current["InitialInstanceCount"] if current else 0,
                "DesiredInstanceCount": variant["InitialInstanceCount"],
            }
        )
    return shown


async def live(name: str) -> Fleet | None:
    """The fleet that serves an endpoint; waits for one that comes back after a restart. Raises TimeoutError."""
    place = context.here()
    key = (place.account, place.region, name)
    if (returning := _returning.get(key)) is not None:
        async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
            await returning.wait()
    return _live.get(key)


def bring_up(name: str, plan: Plan) -> None:
    """Begin to serve an endpoint whose document says Creating."""
    _start(name, _bring_up(name, plan))


def replace(name: str, plan: Plan, before: Plan) -> None:
    """Begin to serve another plan; the one before serves until the new fleet is ready, and on if it does not get so."""
    _start(name, _replace(name, plan, before))


def scale(name: str, plan: Plan, before: Plan) -> None:
    """Begin to change weights and numbers of instances of the fleet that serves."""
    _start(name, _scale(name, plan, before))


def tear_down(name: str, plan: Plan | None) -> None:
    """Begin to end an endpoint whose document says Deleting: requests finish, files and document go."""
    _start(name, _tear_down(name, plan))


def _start(name: str, work: Coroutine[Any, Any, None]) -> None:
    """Run a change of an endpoint. A fault of local AWS in it fails the endpoint, so that it is not stuck."""

    def finished(task: asyncio.Task[None]) -> None:
        _work.discard(task)
        if not task.cancelled() and (fault := task.exception()):
            _log.error("a fault of local AWS over endpoint %s", name, exc_info=fault)
            resources.change(ENDPOINT, name, EndpointStatus="Failed", FailureReason=_FAULT)

    task = context.here().server.spawn(work)
    _work.add(task)
    task.add_done_callback(finished)


async def _bring_up(name: str, plan: Plan) -> None:
    try:
        fleet = await _deploy(name, plan)
    except _Failed as failed:
        resources.change(ENDPOINT, name, EndpointStatus="Failed", FailureReason=str(failed), plan=None)
        return
    _live[_key(name)] = fleet
    resources.change(ENDPOINT, name, EndpointStatus="InService", ProductionVariants=summaries(plan, serving=plan))


async def _replace(name: str, plan: Plan, before: Plan) -> None:
    try:
        fleet = await _deploy(name, plan)
    except _Failed as failed:
        settled = {"EndpointStatus": "InService", "FailureReason": str(failed), "pending": None}
        resources.change(ENDPOINT, name, PendingDeploymentSummary=None, **settled)
        return
    replaced, _live[_key(name)] = _live[_key(name)], fleet
    document = resources.find(ENDPOINT, name)
    resources.change(
        ENDPOINT,
        name,
        EndpointStatus="InService",
        EndpointConfigName=document["PendingDeploymentSummary"]["EndpointConfigName"],
        ProductionVariants=summaries(plan, serving=plan),
        PendingDeploymentSummary=None,
        plan=plan,
        pending=None,
    )
    await replaced.end()
    await _remove_files(context.here().server, before)


async def _scale(name: str, plan: Plan, before: Plan) -> None:
    fleet = _live[_key(name)]
    try:
        await fleet.start(counts(plan))
    except StartError as error:
        shown = summaries(before, serving=before)
        reason = str(error)[:_LONGEST_REASON]
        resources.change(ENDPOINT, name, EndpointStatus="InService", FailureReason=reason, ProductionVariants=shown)
        return
    fleet.weigh(weights(plan))
    shown = summaries(plan, serving=plan)
    resources.change(ENDPOINT, name, EndpointStatus="InService", ProductionVariants=shown, plan=plan)
    await fleet.shrink(counts(plan))


async def _tear_down(name: str, plan: Plan | None) -> None:
    fleet = _live.pop(_key(name), None)
    if fleet:
        await fleet.end()
    if plan:
        await _remove_files(context.here().server, plan)
    resources.delete(ENDPOINT, name)


class _Failed(Exception):
    """A plan could not be served; says why, as FailureReason."""


async def _deploy(name: str, plan: Plan) -> Fleet:
    """Start the fleet of a plan. When that fails its files go. Raises _Failed."""
    try:
        return await _ready_fleet(name, plan)
    except (StartError, ObjectsError, OSError) as error:
        await _remove_files(context.here().server, plan)
        raise _Failed(str(error)[:_LONGEST_REASON]) from error


async def _ready_fleet(name: str, plan: Plan) -> Fleet:
    here = context.here()
    logs = here.server.logs.within(here.account, here.region)
    directory = _directory(here.server) / plan["id"]
    variants = []
    for number, planned in enumerate(plan["variants"]):
        place = directory / str(number)
        for left_over in place.glob("i-*"):
            await asyncio.to_thread(shutil.rmtree, left_over, ignore_errors=True)
        program = await prepare(here, planned, place, logs, log_group(name))
        variants.append(Variant(planned["VariantName"], program, place, planned["InitialVariantWeight"]))
    fleet = Fleet(variants, logs, log_group(name))
    await fleet.start(counts(plan))
    return fleet


def _key(name: str) -> Key:
    here = context.here()
    return here.account, here.region, name


def _directory(server: Server) -> Path:
    """Below the jobs' directory, so that what a killed local AWS left running is found and ended with its jobs."""
    return server.home / "jobs" / "endpoints"


async def _remove_files(server: Server, plan: Plan) -> None:
    await asyncio.to_thread(shutil.rmtree, _directory(server) / plan["id"], ignore_errors=True)


@on_start
async def come_back(server: Server) -> None:
    """Take up every endpoint where the last local AWS on this state directory left it."""
    known: set[str] = set()
    for account, region in server.store.scopes(ENDPOINT.kind):
        with context.at(Here(server, account, region)):
            for document in context.here().documents.all(ENDPOINT.kind):
                known |= {document[plan]["id"] for plan in ("plan", "pending") if plan in document}
                _take_up(document)
    for directory in _directory(server).glob("*"):
        if directory.name not in known:
            await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)


def _take_up(document: Document) -> None:
    name, status, plan = document["EndpointName"], document["EndpointStatus"], document.get("plan")
    match status:
        case "Creating":
            bring_up(name, document["plan"])
        case "Deleting":
            _start(name, _tear_down(name, plan))
        case "InService" | "Updating":
            pending = document.get("pending")
            resources.change(ENDPOINT, name, EndpointStatus="Updating", pending=None, PendingDeploymentSummary=None)
            _returning[_key(name)] = asyncio.Event()
            _start(name, _come_back(name, document["plan"], interrupted=pending))


async def _come_back(name: str, plan: Plan, *, interrupted: Plan | None) -> None:
    key = _key(name)
    try:
        _live[key] = await _deploy(name, plan)
        reason = {"FailureReason": _INTERRUPTED} if interrupted else {}
        resources.change(ENDPOINT, name, EndpointStatus="InService", **reason)
    except _Failed as failed:
        resources.change(ENDPOINT, name, EndpointStatus="Failed", FailureReason=str(failed), plan=None)
    finally:
        _returning.pop(key).set()
    if interrupted:
        await _remove_files(context.here().server, interrupted)


@on_stop
async def rest(server: Server) -> None:
    """End what runs; the documents keep what is to come back."""
    for task in tuple(_work):
        task.cancel()
    await asyncio.gather(*_work, return_exceptions=True)
    await asyncio.gather(*(fleet.kill() for fleet in _live.values()))
    _live.clear()
    _returning.clear()
