"""A small website with a chat: its users go in with a token, it takes reports, answers for profiles, and looks after it.

`python examples/website/website.py PORT` serves it; docs/howto/integrate-a-website.md says how it is set up beside its chat.
Members have no passwords here: whoever says a name is that member. Everything else is as a website would do it.
"""

from __future__ import annotations

import html
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jwt
import uvicorn
from chat import Chat, ChatRefused
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

HERE = Path(__file__).parent
KEYS = ("PALAVER_URL", "PALAVER_JWT_KEY", "PALAVER_ADMIN_KEY", "SITE_COOKIE_KEY")
COOKIE = "member"
REPORTS_KEPT = 1_000

MEMBERS: dict[str, dict[str, Any]] = {
    "alice": {"nick": "Alice", "gender": "f", "emoji": "🌷 tulip", "age": "30", "town": "Ghent"},
    "bob": {"nick": "Bob", "gender": "m", "age": "44", "town": "Graz"},
    "eve": {"nick": "Eve", "age": "28", "town": "Oslo"},
    "mona": {"nick": "Mona", "op": True, "age": "51", "town": "Porto"},
}
"""Who may come, and what the site knows of them. `op` looks after the chat."""

CLAIMS = ("nick", "op", "gender", "emoji")

PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
<p id="online" data-chat="{chat}">The chat …</p>
<main>
<h1>{title}</h1>
{body}
</main>
<script type="module" src="/scripts/online.js"></script>
</body>
</html>
"""


class Website:
    """The site: whom its members ignore, and what was reported to it."""

    def __init__(self, chat: Chat, cookie_key: str) -> None:
        self.chat = chat
        self._cookie_key = cookie_key
        self.ignored: dict[str, list[str]] = {}
        self.reports: list[dict[str, str]] = []
        self._heard: dict[str, None] = {}

    # -- members -------------------------------------------------------------------------------------------------------

    def member(self, request: Request) -> str:
        """Return who asks; empty for a stranger."""
        try:
            found = jwt.decode(request.cookies.get(COOKIE, ""), self._cookie_key, algorithms=["HS256"])
        except jwt.PyJWTError:
            return ""
        name = found.get("sub", "")
        return name if name in MEMBERS else ""

    async def home(self, request: Request) -> Response:
        """Show the front page: a way to log in, and then a way into the chat."""
        name = self.member(request)
        if not name:
            names = "".join(f'<button name="name" value="{each}">{each}</button>' for each in MEMBERS)
            return self.page("Welcome", f'<form method="post" action="/login">I am {names}</form>')
        ignored = html.escape(" ".join(self.ignored.get(name, [])))
        body = f"""
<p>You are {name}.</p>
<p><a href="/chat">Enter the chat</a></p>
<form method="post" action="/ignored">
  <label>Members whom I do not want to meet <input name="names" value="{ignored}"></label>
  <button>Keep</button>
</form>
"""
        return self.page("Welcome", body + ('<p><a href="/care">Reports</a></p>' if MEMBERS[name].get("op") else ""))

    async def log_in(self, request: Request) -> Response:
        """Remember who somebody is."""
        name = str((await request.form()).get("name", ""))
        answer = RedirectResponse("/", 303)
        if name in MEMBERS:
            cookie = jwt.encode({"sub": name}, self._cookie_key, algorithm="HS256")
            answer.set_cookie(COOKIE, cookie, httponly=True, samesite="lax")
        return answer

    async def enter(self, request: Request) -> Response:
        """Send a member into the chat: by a form, so that the token stands in no address and no log."""
        name = self.member(request)
        if not name:
            return RedirectResponse("/", 303)
        known = MEMBERS[name]
        token = self.chat.token(name, **{claim: known[claim] for claim in CLAIMS if claim in known})
        body = f"""
<form method="post" action="{html.escape(self.chat.url)}/" id="way-in">
  <input type="hidden" name="jwt" value="{token}">
  <button>Go on</button>
</form>
<script src="/scripts/enter.js"></script>
"""
        return self.page("One moment", body)

    async def ignore(self, request: Request) -> Response:
        """Keep whom a member does not want to meet, and tell the chat."""
        name = self.member(request)
        if not name:
            return RedirectResponse("/", 303)
        self.ignored[name] = str((await request.form()).get("names", "")).split()
        return await self.done(self.chat.ask("blocklist", Username=name, Blocklist=self.ignored[name]))

    # -- those who look after the chat ---------------------------------------------------------------------------------

    async def care(self, request: Request) -> Response:
        """Show what was reported, and what can be done."""
        if not MEMBERS.get(self.member(request), {}).get("op"):
            return self.page("Not for you", "", 403)
        rows = "".join(
            f"<li><b>{html.escape(each['AboutUsername'])}</b>: {html.escape(each['Reason'])},"
            f" says {html.escape(each['FromUsername'])}: “{html.escape(each['Message'])}”"
            f" {html.escape(each['Comment'])}</li>"
            for each in self.reports
        )
        body = f"""
<ol id="reports">{rows}</ol>
<form method="post" action="/care/away"><label>Send away <input name="name"></label><button>Go</button></form>
<form method="post" action="/care/restart"><button>Restart the chat</button></form>
"""
        return self.page("Reports", body)

    async def send_away(self, request: Request) -> Response:
        """Remove somebody from the chat for a minute."""
        if not MEMBERS.get(self.member(request), {}).get("op"):
            return self.page("Not for you", "", 403)
        name = str((await request.form()).get("name", ""))
        told = "Mona has asked you to leave. <b>Please read the rules.</b>"
        return await self.done(self.chat.ask("disconnect/now", Usernames=[name], Message=told, Kick=True))

    async def restart(self, request: Request) -> Response:
        """Let the chat stop; its supervisor starts it again."""
        if not MEMBERS.get(self.member(request), {}).get("op"):
            return self.page("Not for you", "", 403)
        return await self.done(self.chat.ask("shutdown"))

    async def done(self, asking: Awaitable[object]) -> Response:
        """Wait for the chat, and say what became of it."""
        try:
            await asking
        except ChatRefused as refused:
            return self.page("The chat says no", f"<p>{html.escape(str(refused))}</p>", 502)
        return self.page("Done", '<p><a href="/">Back</a></p>')

    # -- what the chat asks and tells ----------------------------------------------------------------------------------

    async def hear(self, request: Request) -> Response:
        """Answer a webhook: a report is kept, a question about a member answered. Only status 200 is a yes."""
        body = await request.body()
        if not self.chat.is_its_call(request.headers, body):
            return JSONResponse({"error": "this is not the chat"}, 401)
        call = await request.json()
        if call["Action"] == "profile":
            return JSONResponse(self.profile(call["Username"]))
        if call["Action"] == "report" and self.is_new(request.headers["webhook-id"]):
            self.reports = [*self.reports, call["Report"]][-REPORTS_KEPT:]
        return JSONResponse({})

    def is_new(self, call: str) -> bool:
        """Return whether a call comes for the first time: what the chat is unsure of, it sends again."""
        is_new = call not in self._heard
        self._heard[call] = None
        if len(self._heard) > REPORTS_KEPT:
            del self._heard[next(iter(self._heard))]
        return is_new

    @staticmethod
    def profile(name: str) -> dict[str, Any]:
        """Return what the chat may show of a member."""
        known = MEMBERS.get(name)
        if known is None:
            return {"StatusCode": 404, "Data": {"OK": False, "Error": "There is no such member."}}
        fields = [{"Name": "Age", "Value": known["age"]}, {"Name": "Town", "Value": known["town"]}]
        return {"StatusCode": 200, "Data": {"OK": True, "ProfileFields": fields}}

    def page(self, title: str, body: str, status: int = 200) -> Response:
        """Return a page, which may ask nobody but the chat."""
        text = PAGE.format(title=html.escape(title), body=body, chat=html.escape(self.chat.url))
        policy = f"default-src 'self'; connect-src {self.chat.url}; form-action 'self' {self.chat.url}"
        return HTMLResponse(text, status, {"Content-Security-Policy": policy, "Cache-Control": "no-store"})


def application(site: Website) -> Starlette:
    """Return the site as an ASGI application."""

    @asynccontextmanager
    async def living(_: Starlette) -> Any:
        yield
        await site.chat.close()

    posts: dict[str, Callable[[Request], Awaitable[Response]]] = {
        "/login": site.log_in,
        "/ignored": site.ignore,
        "/care/away": site.send_away,
        "/care/restart": site.restart,
        "/webhooks": site.hear,
    }
    return Starlette(
        lifespan=living,
        routes=[
            Route("/", site.home),
            Route("/chat", site.enter),
            Route("/care", site.care),
            *(Route(path, answer, methods=["POST"]) for path, answer in posts.items()),
            Mount("/scripts", StaticFiles(directory=HERE / "scripts")),
        ],
    )


def main() -> None:
    """Serve the site; keys come from the environment, as a website has them from its own settings."""
    missing = [name for name in KEYS if not os.environ.get(name)]
    if missing or len(sys.argv) != 2:
        sys.exit(f"usage: website.py PORT, with {', '.join(missing or KEYS)} in the environment")
    url, token_key, site_key, cookie_key = (os.environ[name] for name in KEYS)
    site = Website(Chat(url, token_key, site_key), cookie_key)
    uvicorn.run(application(site), port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
