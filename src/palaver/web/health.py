"""Operations: whether the process lives, whether it can serve, and its figures for those who watch over it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from palaver.core import errors
from palaver.core.errors import Refusal
from palaver.hub import site
from palaver.transports.address import is_loopback, is_trusted
from palaver.web.callers import address_of
from palaver.web.metrics import Metrics
from palaver.web.problems import problem_response
from palaver.web.surroundings import Surroundings

STORE_WITHIN_S = 1.0


def health_routes(surroundings: Surroundings) -> list[BaseRoute]:
    """Return the routes for those who watch over the server."""
    metrics = Metrics(surroundings)

    async def alive(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(_request: Request) -> Response:
        if surroundings.draining():
            return PlainTextResponse("draining\n", 503)
        try:
            await site.store_latency_s(surroundings.hub, within_s=STORE_WITHIN_S)
        except (TimeoutError, Refusal):
            return PlainTextResponse("the store does not answer\n", 503)
        if surroundings.recording_fails():
            return PlainTextResponse("nothing can be recorded\n", 503)
        return PlainTextResponse("ready\n")

    async def figures(request: Request) -> Response:
        trusted = surroundings.access().trusted
        address = address_of(request, trusted)
        if not is_loopback(address) and not is_trusted(address, trusted):
            return problem_response(errors.NotAllowed(action="read the figures from this address"), request.scope)
        try:
            latency_s = await site.store_latency_s(surroundings.hub, within_s=STORE_WITHIN_S)
        except (TimeoutError, Refusal):
            latency_s = float("nan")
        body, media_type = metrics.scrape(store_latency_s=latency_s)
        return Response(body, headers={"Cache-Control": "no-store", "Content-Type": media_type})

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", figures)]
