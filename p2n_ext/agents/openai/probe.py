"""Whether a model can read here, found out without a call that costs."""

from __future__ import annotations

import importlib.util

from p2n_schemas.api import Check
from p2n_schemas.errors import P2NError

from .client import OpenAIClient
from .faults import ModelFault
from .prices import price_of

NAME = "openai"


async def probe(client: OpenAIClient) -> list[Check]:
    """The package, the key, the provider's address, and each agent's model and price. Raises nothing."""
    settings = client.settings
    if importlib.util.find_spec("openai") is None:
        return [_failed("The package openai is not installed.", 'pip install "p2n[openai]"')]
    if not settings.api_key:
        return [
            _failed("No key is set.", "Set OPENAI_API_KEY where the server is started.", status="unknown")
        ]
    try:
        address = await client.base_url()
        checks = []
        for agent, model in settings.models.items():
            checks.append(await _model(client, agent, model, address))
            if checks[-1].status == "failed" and len(checks) == 1 and not await _answers(client):
                break  # the others would only wait for the same silence
        return checks
    except P2NError as error:
        return [_failed(error.info.message, error.info.remediation)]
    except Exception as error:
        fault = client.fault(error)
        return [_failed(fault.error.info.message, fault.error.info.remediation)]


async def _answers(client: OpenAIClient) -> bool:
    """Whether the provider answers anything at all, and takes the key."""
    try:
        await client.ask(lambda sdk: sdk.models.list(timeout=10.0), attempts=1)
    except ModelFault as failed:
        return failed.fault.status not in (None, 401, 403)
    return True


async def _model(client: OpenAIClient, agent: str, model: str, address: str) -> Check:
    name = f"{NAME} {agent}"
    unpriced = client.settings.cap_usd is not None and price_of(model, client.settings.prices) is None
    try:
        await client.ask(lambda sdk: sdk.models.retrieve(model, timeout=10.0), attempts=1)
    except ModelFault as failed:
        info, status = failed.fault.error.info, failed.fault.status
        if status == 404 and info.detail.get("code") == "model_not_found":
            told = f"{address} does not know the model {model}."
            return Check(
                name=name, status="failed", message=told, remediation=f"Set P2NApp.models[{agent!r}]."
            )
        if status in (404, 405, 501):
            told = f"{address} answers, but does not say which models it has ({model} is not tested)."
            return Check(name=name, status="ok", message=told)
        return Check(name=name, status="failed", message=info.message, remediation=info.remediation)
    if unpriced:
        told = f"{model} is there, but has no price, so the spending cap can't be kept."
        return Check(
            name=name, status="failed", message=told, remediation="Set its price in P2NApp.model_prices."
        )
    return Check(name=name, status="ok", message=f"{model} at {address}")


def _failed(message: str, remediation: str, status: str = "failed") -> Check:
    return Check.model_validate(
        {"name": NAME, "status": status, "message": message, "remediation": remediation}
    )
