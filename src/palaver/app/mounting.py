"""The server as an ASGI application inside somebody's own: HTTP and WebSockets under one path."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import structlog
from starlette.types import Receive, Scope, Send

from palaver import config
from palaver.app import values
from palaver.app.composition import Application
from palaver.integrations.logs import shape_logs
from palaver.storage.occupation import occupied
from palaver.storage.stores import open_stores
from palaver.transports.asgi_websocket import AsgiWebSockets
from palaver.web import tokens


@contextlib.asynccontextmanager
async def opened(data_dir: Path) -> AsyncIterator[Mounted]:
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
            stores = await open_stores(settings.storage.url, data_dir)
            ends.push_async_callback(stores.close)
            application = Application(settings, data_dir, stores)
            ends.push_async_callback(application.close)
            await application.begin()
            keeping = asyncio.create_task(application.retain())
            ends.callback(keeping.cancel)
            mounted = Mounted(application)
            ends.push_async_callback(mounted.drain)
            yield mounted


class Mounted:
    """The server as an ASGI application, which signs tokens for whoever mounts it, too."""

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

    def token(self, sub: str, **claims: object) -> str:
        """Return a token that lets a user in, as `POST /v1/tokens` does: for `?jwt=…`, the page's form, or the native wire.

        Args:
            sub: the user's name at the site; unique there.
            claims: `nick`, `op`, `img` and the others of `palaver.web.tokens.NewToken`; `ttl_s` is 300 where none is given.

        Raises:
            msgspec.ValidationError: there is no such claim, or it is of another type.
            palaver.core.errors.Refusal: tokens are switched off (`[JWT] Enabled`), or the user has no possible name.
        """
        wanted = msgspec.convert({"sub": sub, **claims}, tokens.NewToken)
        key = values.site_access(self._application.settings).token_key
        return tokens.signed(self._application.hub, key, wanted).token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to the web layer or to the WebSockets, by what it is."""
        if scope["type"] != "websocket":
            await self._web(scope, receive, send)
            return
        root = scope.get("root_path", "")
        path = scope["path"].removeprefix(root) if root else scope["path"]
        await self.websockets({**scope, "path": path}, receive, send)
