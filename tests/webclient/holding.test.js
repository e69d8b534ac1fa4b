// @ts-nocheck
/** Sessions that a killed browser leaves behind: one tab at most goes on with each, and peace leaves nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient } from "../../src/palaver/webclient/net/client.js";
import { VAULT_MS } from "../../src/palaver/webclient/net/holding.js";
import { FakeClock, FakeServer, IDENTIFIED, settle, snapshotOf } from "./fakes.js";

/** One profile of a browser: what its tabs share. */
class Profile {
  clock = new FakeClock();
  server = new FakeServer();
  records = new Map();
  /** name → the tab that has it */
  locked = new Map();
  vault = {
    all: async () => [...this.records.values()],
    put: async (session, parked) => void this.records.set(session, structuredClone(parked)),
    remove: async (session) => void this.records.delete(session),
  };

  constructor() {
    let count = 0;
    const { answers } = this.server;
    answers.set("identify", () => ({ ...IDENTIFIED, session: `s${(count += 1)}`, resume_token: `token-${count}` }));
    answers.set("join_room", ({ room }) => ({ type: "joined", snapshot: snapshotOf(room) }));
    answers.set("leave_room", { type: "done" });
    answers.set("sign_out", { type: "done" });
    answers.set("fetch_ice_servers", { type: "ice_servers", servers: [], lasts_s: 0 });
    answers.set("resume", ({ token }) => ({ type: "resumed", session: token.replace("token-", "s"), complete: false, rooms: [snapshotOf()] }));
  }

  tab({ vault = this.vault, locks = true } = {}) {
    const tab = {};
    const request = async (name, { ifAvailable }, taken) => {
      assert.ok(ifAvailable, "nobody waits for a lock");
      if (this.locked.has(name)) return taken(null);
      this.locked.set(name, tab);
      await taken({ name });
      if (this.locked.get(name) === tab) this.locked.delete(name);
    };
    const platform = { WebSocket: this.server.WebSocket, locks: locks ? { request } : undefined, random: () => 0.5, network: undefined };
    return Object.assign(tab, createClient({ url: "ws://test/ws", vault, clock: this.clock, platform }));
  }

  async entered(how) {
    const tab = this.tab(how);
    await tab.actions.identify({ name: "ana" });
    await tab.actions.join("lobby");
    await settle();
    return tab;
  }

  /** Ends tabs as SIGKILL does: only their locks are gone. */
  kill(...tabs) {
    for (const [name, tab] of this.locked) if (tabs.includes(tab)) this.locked.delete(name);
  }
}

const anyone = () => true;

test("what a killed tab leaves is gone on with by one other", async () => {
  const profile = new Profile();
  profile.kill(await profile.entered());
  const [ana, twin] = [profile.tab(), profile.tab()];
  const claims = await Promise.all([ana.actions.claim(anyone), twin.actions.claim(anyone)]);
  assert.deepEqual(claims.map((parked) => parked?.me.session ?? null), ["s1", null]);
  await ana.actions.unpark(claims[0]);
  assert.deepEqual([ana.store.get().me.session, ana.store.get().rooms.lobby.phase], ["s1", "joined"]);
  await assert.rejects(twin.actions.unpark(claims[0]), { code: "session_over" });
  await settle();
  assert.equal(profile.records.size, 1, "and kept for the next time");
});

test("nobody takes over a session whose tab lives, nor one that is somebody else's", async () => {
  const profile = new Profile();
  const ana = await profile.entered();
  assert.equal(await profile.tab().actions.claim(anyone), null);
  profile.kill(ana);
  assert.equal(await profile.tab().actions.claim(({ rooms }) => rooms.includes("elsewhere")), null);
  assert.equal((await profile.tab().actions.claim(({ rooms }) => rooms.includes("lobby"))).token, "token-1");
});

test("whoever enters anew ends what killed tabs left, and nothing that lives", async () => {
  const profile = new Profile();
  await profile.entered();
  profile.kill(await profile.entered());
  await profile.entered();
  assert.deepEqual(profile.server.asked("resume").map(({ token }) => token), ["token-2"]);
  assert.equal(profile.server.asked("sign_out").length, 1);
  assert.deepEqual([...profile.records.keys()], ["s1", "s3"]);
});

test("what was left is forgotten where the server is not there to end it", async () => {
  const profile = new Profile();
  profile.kill(await profile.entered());
  profile.server.reachable = false;
  const entering = profile.tab().actions.identify({ name: "ana" });
  await settle();
  profile.server.reachable = true;
  await profile.clock.advance(4_000);
  await entering;
  assert.deepEqual([...profile.records.keys()], []);
});

for (const [how, act] of Object.entries({
  "signing out": (tab) => tab.actions.signOut(),
  "giving up the last seat": (tab) => tab.actions.leave("lobby"),
  "the server's end of it": (_, server) => server.drop(4002, "kicked"),
  "going away": (tab) => tab.actions.park(),
  "the end of the client": (tab) => tab.close(),
})) {
  test(`${how} leaves nothing behind`, async () => {
    const profile = new Profile();
    const ana = await profile.entered();
    assert.deepEqual([profile.records.size, profile.locked.size], [1, 1]);
    await act(ana, profile.server);
    await settle();
    assert.deepEqual([profile.records.size, profile.locked.size], [0, 0]);
  });
}

test("a page that was about to go and stays is kept again", async () => {
  const profile = new Profile();
  const ana = await profile.entered();
  ana.actions.park();
  await settle();
  ana.actions.retryNow();
  await settle();
  assert.deepEqual([[...profile.records.keys()], profile.locked.size], [["s1"], 1]);
});

test("a page that is loaded anew while it has no connection goes on with its session", async () => {
  const profile = new Profile();
  const ana = await profile.entered();
  profile.server.drop();
  const parked = ana.actions.park();
  assert.equal(parked.token, "token-1");
  await settle();
  const again = profile.tab();
  await again.actions.unpark(parked);
  assert.equal(again.store.get().me.session, "s1");
});

test("what was said is not put on the disk", async () => {
  const profile = new Profile();
  await profile.entered();
  const [kept] = profile.records.values();
  assert.deepEqual(Object.keys(kept).sort(), ["direct", "me", "relations", "rooms", "thread", "token"]);
  assert.deepEqual(kept.direct, []);
});

test("a session that is over is forgotten", async () => {
  const profile = new Profile();
  profile.kill(await profile.entered());
  profile.server.answers.set("resume", { code: "no_such_session" });
  const tab = profile.tab();
  await assert.rejects(tab.actions.unpark(await tab.actions.claim(anyone)), { code: "no_such_session" });
  await settle();
  assert.equal(profile.records.size, 0);
});

test("a browser that keeps nothing, or does not say, keeps nobody out", async () => {
  const refusing = { all: () => Promise.reject(new Error("blocked")), put: () => Promise.reject(new Error("full")), remove: () => Promise.reject(new Error("blocked")) };
  for (const how of [{ locks: false }, { vault: null }, { vault: refusing }]) {
    const profile = new Profile();
    const ana = await profile.entered(how);
    assert.equal(ana.store.get().rooms.lobby.phase, "joined");
    assert.equal(profile.records.size, 0);
    await ana.actions.signOut();
  }
  const profile = new Profile();
  const silent = profile.tab({ vault: { ...refusing, all: () => new Promise(() => undefined) } });
  const entering = silent.actions.identify({ name: "ana" });
  await profile.clock.advance(VAULT_MS);
  await entering;
  assert.equal(silent.store.get().me.session, "s1");
});
