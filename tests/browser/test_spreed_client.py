"""The main page around a tiny client of our own, which asks for what the original does (docs/dialects/spreed.md §8)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.browser.visitor import Open
from tests.client.serving import Server, serving

AFTER = """
[Spreed.http]
root = "client"
basePath = "/webrtc/"
[Spreed.app]
title = "Meet <here>"
tokenFile = "codes"
extra = "extra"
contentSecurityPolicy = "default-src 'self'; img-src 'self' blob:; connect-src 'self' ws:"
[Spreed.users]
enabled = true
allowRegistration = true
sharedsecret_secret = "a secret of these tests"
"""

LOADER = """
const main = document.createElement("script");
main.src = document.currentScript.dataset.main + ".js";
document.head.append(main);
"""

CLIENT = """
const context = JSON.parse(document.getElementById("globalcontext").innerHTML);
const { Cfg } = context;
const room = location.pathname.slice(Cfg.B.length).split("/").filter(Boolean).map(decodeURIComponent).join("/");

class Channel {
  constructor(token) {
    this.waiting = new Map();
    this.number = 0;
    this.socket = new WebSocket(`${context.Ssl ? "wss" : "ws"}://${context.Host}${Cfg.B}ws${token ? "?t=" + token : ""}`);
    this.self = new Promise((told) => { this.tell = told; });
    this.socket.onmessage = (event) => {
      const { Data, Iid } = JSON.parse(event.data);
      if (Iid) this.waiting.get(Iid)(Data);
      else if (Data.Type === "Self") this.tell(Data);
    };
  }
  say(word, document) {
    this.socket.send(JSON.stringify({ Type: word, [word]: { Type: word, [word]: document } }));
  }
  ask(word, document, wrapped = { Type: word, [word]: document }) {
    const Iid = String(this.number++);
    this.socket.send(JSON.stringify({ Type: word, [word]: wrapped, Iid }));
    return new Promise((told) => this.waiting.set(Iid, told));
  }
}

async function asked(method, path, body) {
  const form = typeof body === "string";
  const type = form ? "application/x-www-form-urlencoded" : "application/json";
  const answer = await fetch(Cfg.B + path, {
    method, headers: { "Content-Type": type }, body: form ? body : JSON.stringify(body) });
  return { status: answer.status, ...(await answer.json()) };
}

function shown(source) {
  return new Promise((done) => {
    const image = new Image();
    image.onload = () => done(image.naturalWidth);
    image.onerror = () => done("not shown");
    image.src = source;
  });
}

function sandboxed(name) {
  return new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts";
    addEventListener("message", (event) => { if (event.source === frame.contentWindow) done([event.origin, event.data]); });
    frame.src = `${Cfg.B}sandbox/${location.protocol}/${location.host}/${name}.html`;
    document.body.append(frame);
  });
}

window.journey = (async () => {
  const style = getComputedStyle(document.body);
  const code = await asked("POST", "api/v1/tokens", "a=OPEN");
  const random = await asked("POST", "api/v1/rooms", "");
  const texts = await (await fetch(`${Cfg.S}/translation/messages-de.json`)).json();
  const one = new Channel();
  const first = await one.self;
  const account = await asked("POST", "api/v1/users", { id: first.Id, sid: first.Sid });
  const known = await one.ask("Authentication", { Userid: account.userid, Nonce: account.nonce });
  one.socket.close(4000);
  const again = new Channel(known.Token);
  const second = await again.self;
  again.socket.close(1000);
  const two = new Channel();
  const third = await two.self;
  const proof = { id: third.Id, sid: third.Sid, useridcombo: account.useridcombo, secret: account.secret };
  const login = await asked("PATCH", `api/v1/sessions/${third.Id}/`, proof);
  const authenticated = await two.ask("Authentication", { Userid: login.userid, Nonce: login.nonce });
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 46;
  const drawn = canvas.toDataURL("image/jpeg");
  two.say("Status", { displayName: "Ann", buddyPicture: drawn, message: null });
  const welcome = await two.ask("Hello", null, { Version: Cfg.Version, Ua: "Tiny", Name: room, Type: "" });
  const picture = welcome.Users[0].Status.buddyPicture;
  const width = await shown(`${Cfg.B}static/img/buddy/s46/${picture.slice(4)}`);
  const sandbox = await sandboxed("pdfcanvas");
  two.socket.close(1000);
  return {
    title: document.title, styled: style.color, csp: [context.Csp, document.documentElement.hasAttribute("ng-csp")],
    room, languages: context.Languages, code, random: random.url, texts, same: first.Version === Cfg.Version,
    account: account.userid === known.Userid, suserid: known.Suserid !== "",
    returned: [second.Id === first.Id, second.Userid === known.Userid],
    login: [login.success, authenticated.Userid === account.userid, authenticated.Suserid === known.Suserid],
    welcome: welcome.Room.Name, width, sandbox, slot: document.querySelector("#slot")?.textContent,
    mounts: ["#background", "#loader .loader-message", "ui"].every((one) => document.querySelector(one)),
    api: typeof document.body.getAttribute("spreed-webrtc"),
  };
})();
"""

FILES = {
    "client/static/css/bootstrap.min.css": "",
    "client/static/css/font-awesome.min.css": "",
    "client/static/css/main.min.css": "body { color: rgb(1, 2, 3); }",
    "client/static/css/csp.min.css": "",
    "client/static/js/libs/require/require.js": LOADER,
    "client/static/js/main.js": CLIENT,
    "client/static/js/sandboxes/pdf.js": 'parent.postMessage({ type: "ready", ready: { id: "x" } }, "*");',
    "client/static/translation/messages-de.json": '{"hello": "Hallo"}',
    "client/static/favicon.ico": "",
    "extra/extra-body.html": '<b id="slot"><% .Cfg.Title %></b>',
    "codes": "open:for tests\n",
}


@pytest.fixture(scope="module")
def spreed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home: Path = tmp_path_factory.mktemp("spreed") / "data"
    for name, text in FILES.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    with serving(home, after=AFTER) as running:
        yield running


async def test_a_client_finds_everything_that_the_page_tells_it_of(spreed_server: Server, visitor: Open) -> None:
    one = await visitor(url=spreed_server.url, locale="de-DE")
    await one.page.goto(f"{spreed_server.url}/webrtc/conf/Gar%20ten")
    found: dict[str, Any] = await one.page.evaluate("window.journey")
    random = found.pop("random")
    assert random.startswith(f"{spreed_server.url}/webrtc/")
    assert found["languages"].pop(0) == "de-de"
    assert found == {
        "title": "Meet <here>",
        "styled": "rgb(1, 2, 3)",
        "csp": [True, True],
        "room": "conf/Gar ten",
        "languages": found["languages"],
        "code": {"status": 200, "success": True, "token": "open"},
        "texts": {"hello": "Hallo"},
        "same": True,
        "account": True,
        "suserid": True,
        "returned": [True, True],
        "login": [True, True, True],
        "welcome": "conf/Gar ten",
        "width": 46,
        "sandbox": ["null", {"type": "ready", "ready": {"id": "x"}}],
        "slot": "Meet <here>",
        "mounts": True,
        "api": "string",
    }
