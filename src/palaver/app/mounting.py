"""The server as an ASGI application inside somebody's own: HTTP and WebSockets under one path."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from palaver import config
from palaver.app.composition import Application
from palaver.integrations.logs import shape_logs
from palaver.storage.occupation import occupied
from palaver.storage.stores import open_stores
from palaver.transports.asgi_websocket import AsgiWebSockets


@contextlib.asynccontextmanager
async def opened(data_dir: Path) -> AsyncIterator[ASGIApp]:
    """Offer the server for the lifespan of another application; it is drained and closed at the end.

    Mount what this yields under any path. Settings are read from `data_dir`, and made there on first run. Raises
    `config.SettingsError` and `storage.database.StorageProblem` with a sentence for whoever runs it.
    """
    if not structlog.is_configured():
        # Its own default shows the values of variables in tracebacks: what people write, and their tokens.
        shape_logs()
    config.first_run(data_dir)
    settings = config.load(data_dir)
    with occupied(data_dir):
        async with contextlib.AsyncExitStack() as ends:
            stores = await open_stores(settings.database_url(data_dir))
            ends.push_async_callback(stores.close)
            application = Application(settings, data_dir, stores)
            ends.push_async_callback(application.close)
            await application.begin()
            keeping = asyncio.create_task(application.retain())
            ends.callback(keeping.cancel)
            mounted = _Mounted(application)
            ends.push_async_callback(mounted.drain)
            yield mounted


class _Mounted:
    """Hands each request to the web layer or to the WebSockets, by what it is."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._web = application.asgi
        self.websockets = AsgiWebSockets(application.reception.receive, application.websockets.settings)

    async def drain(self) -> None:
        """Ask every client to come back later."""
        self._application.stopping.set()
        await self.websockets.close_all()
        await self._application.streams.close_all()
        for each in self._application.socketio:
            await each.close_all()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._web(scope, receive, send)
            return
        root = scope.get("root_path", "")
        path = scope["path"].removeprefix(root) if root else scope["path"]
        await self.websockets({**scope, "path": path}, receive, send)
