// Holds whole meetings with the real client libraries, all at once: `node meetings.mjs <library>… <url>`.
// Writes a line of JSON for each: the library, the era, the transports, and what went wrong, or null.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [libraries, url] = [process.argv.slice(2, -1), process.argv.at(-1)];
const require = createRequire(import.meta.url);
const WAYS = ["polling", "websocket", "polling,websocket"];
const PATIENCE_MS = 40_000;

/** Somebody who remembers every event in its order. */
function person(library, transports) {
  const socket = require(library)(url, { transports: transports.split(","), forceNew: true });
  const heard = [];
  const waiting = [];
  const arrived = (name, args) => {
    heard.push([name, args]);
    for (const each of [...waiting]) each();
  };
  if (socket.onAny) socket.onAny((name, ...args) => arrived(name, args));
  else {
    const onevent = socket.onevent;
    socket.onevent = function (packet) {
      onevent.call(this, packet);
      arrived(packet.data[0], packet.data.slice(1));
    };
  }
  /** Return the arguments of the next event of a name, and forget it and what came before. */
  const hears = (name) =>
    new Promise((resolve) => {
      const look = () => {
        const at = heard.findIndex(([each]) => each === name);
        if (at < 0) return;
        waiting.splice(waiting.indexOf(look), 1);
        resolve(heard.splice(0, at + 1).at(-1)[1]);
      };
      waiting.push(look);
      look();
    });
  const forgets = () => heard.splice(0);
  const asks = (...call) => new Promise((resolve) => socket.emit(...call, resolve));
  const connected = new Promise((resolve) => socket.once("connect", resolve));
  return { socket, forgets, hears, asks, says: (...call) => socket.emit(...call), connected };
}

async function post(hash, verb, body) {
  const answer = await fetch(`${url}/api/${hash}/${verb}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: answer.status, ...(await answer.json()) };
}

async function seed(comes) {
  const [ana, bob, xi] = await comes(3);
  ana.says("create-room");
  const [room] = await ana.hears("join-room");
  assert.match(room, /^\d{9}$/);
  ana.says("join-room", room, "Ann");
  const [summary] = await ana.hears("room-summary");
  const mine = summary.participants.find((each) => each.isMe);
  assert.equal(mine.isHost, true);
  bob.says("join-room", room, "Bob 😀");
  const [others] = await bob.hears("room-summary");
  const his = others.participants.find((each) => each.isMe);
  assert.equal(others.participants.find((each) => !each.isMe).key, undefined);
  assert.equal((await ana.hears("new-participant"))[0].name, "Bob 😀");
  bob.says("update-mediaState", { cameraEnabled: true });
  assert.equal((await ana.hears("participant-updated-media-state"))[0].mediaState.cameraEnabled, true);
  assert.equal((await ana.hears("participant-updated-settings"))[0].settings.cameraEnabled, true);
  bob.says("update-settings", { microphoneEnabled: true });
  assert.deepEqual((await ana.hears("participant-updated-settings"))[0].settings, { cameraEnabled: true, microphoneEnabled: true });
  bob.says("update-name", "Bobby");
  assert.deepEqual((await ana.hears("participant-changed-name")).slice(0, 2), [his.id, "Bobby"]);

  const from = { id: mine.id, key: mine.key };
  const sent = await post(summary.idHash, "send", { from, to: "everyone", content: "hi 😀" });
  assert.deepEqual([sent.status, sent.success, sent.data.content], [200, true, "hi 😀"]);
  assert.equal((await bob.hears("new-room-message"))[0].id, sent.data.id);
  const direct = await post(summary.idHash, "send", { from, to: his.id, content: "psst" });
  assert.equal((await bob.hears("new-direct-message"))[0].content, "psst");
  bob.says("react-message", { messageId: sent.data.id, type: 0 });
  assert.equal((await ana.hears("message-reaction"))[0].participantId, his.id);
  assert.equal((await post(summary.idHash, "edit", { from, messageId: sent.data.id, content: "hello" })).success, true);
  assert.equal((await bob.hears("edit-room-message"))[0].content, "hello");
  const other = { id: his.id, key: his.key };
  assert.equal((await post(summary.idHash, "delete", { from: other, messageId: sent.data.id })).status, 403);
  assert.equal((await post(summary.idHash, "delete", { from, messageId: direct.data.id })).status, 200);
  await bob.hears("delete-direct-message");

  ana.says("signal", { to: his.id, signal: { kind: "offer", description: { type: "offer", sdp: "v=0\r\n" } } });
  const [signal] = await bob.hears("signal");
  assert.deepEqual([signal.from, signal.signal.description.sdp], [mine.id, "v=0\r\n"]);

  xi.says("join-room", "000000001", "Xi");
  assert.deepEqual((await xi.hears("error")).slice(0, 3), ["join", "The room doesn't exist", "J404"]);
  assert.deepEqual((await xi.hears("error-event")).slice(0, 3), ["join", "The room doesn't exist", "J404"]);
  ana.socket.disconnect();
  assert.equal((await bob.hears("participant-left"))[0], mine.id);
  await bob.hears("destroy");
  await bob.hears("destory");
  assert.equal((await post(summary.idHash, "send", { from: other, to: "everyone", content: "?" })).status, 404);
  bob.says("create-room", "Another");
  await bob.hears("join-room");
}

const NONE = { codecs: [], headerExtensions: [] };

async function acked(comes) {
  const [ana, bob, cy, dee] = await comes(4);
  ana.says("create-room", "Standup");
  const [room] = await ana.hears("join-room");
  const joins = async (who, name) => {
    assert.deepEqual((await who.asks("get-rtp-capabilities", room)).data, NONE);
    return who.asks("join-room", room, name, NONE);
  };
  const mine = (await joins(ana, "Ann")).data.summary;
  assert.equal((await ana.asks("create-transport", "webrtc", "receiving")).data.transportType, "webrtc");
  ana.says("transports-ready");
  const his = (await joins(bob, "Bob")).data.summary;
  assert.equal(his.participants.length, 2);
  await ana.hears("new-participant");
  const { data } = await bob.asks("send-message", "everyone", "hello");
  assert.equal((await ana.hears("new-room-message"))[0].id, data.id);
  assert.equal((await bob.asks("edit-message", data.id, "hello!")).success, true);
  assert.equal((await ana.hears("edit-room-message"))[0].content, "hello!");
  assert.equal((await ana.asks("delete-message", data.id)).status, 403);
  assert.equal((await bob.asks("delete-message", data.id)).success, true);
  await ana.hears("delete-room-message");
  const direct = await bob.asks("send-message", mine.myId, "psst");
  assert.equal((await ana.hears("new-direct-message"))[0].id, direct.data.id);
  assert.equal((await bob.asks("change-name", "Bobby")).success, true);
  assert.deepEqual((await ana.hears("participant-changed-name")).slice(0, 2), [his.myId, "Bobby"]);

  assert.equal((await bob.asks("get-room-settings")).status, 403);
  assert.deepEqual((await ana.asks("get-room-settings")).data.settings, { name: "Standup", waitingRoom: false });
  assert.equal((await ana.asks("update-room-settings", { name: "Retro", waitingRoom: true })).success, true);
  assert.deepEqual((await bob.hears("update-room-settings"))[0], { name: "Retro" });
  const waits = await joins(cy, "Cy");
  assert.deepEqual([waits.status, waits.data.name], [403, "Retro"]);
  const [{ participant }] = await ana.hears("new-waiting-room-participant");
  assert.equal((await ana.asks("waiting-room-decision", participant.id, "accept")).success, true);
  assert.equal((await cy.hears("waiting-room-accept"))[0].summary.participants.length, 3);
  await joins(dee, "Dee");
  const [refused] = await ana.hears("new-waiting-room-participant");
  assert.equal((await ana.asks("waiting-room-decision", refused.participant.id, "reject")).success, true);
  assert.equal((await dee.hears("waiting-room-rejection"))[0], "The host rejected you.");

  assert.equal((await bob.asks("kick-participant", mine.myId)).status, 401);
  assert.equal((await ana.asks("kick-participant", his.myId)).success, true);
  await bob.hears("kicked");
  assert.equal((await cy.hears("participant-left"))[0], his.myId);
  ana.says("leave");
  await cy.hears("destroy");
}

async function object(comes) {
  const [ana, bob, cy, dee] = await comes(4);
  const joins = async (who, roomId, name) => {
    assert.deepEqual((await who.asks("get-rtp-capabilities", { roomId })).data, NONE);
    return who.asks("join-room", { roomId, name, rtpCapabilities: NONE });
  };
  ana.says("create-room", { name: "Standup" });
  const [{ id: room }] = await ana.hears("join-room");
  const mine = (await joins(ana, room, "Ann")).data.summary;
  const [{ groupSummary: group }] = await ana.hears("added-to-group");
  for (const kind of ["receiving", "sending"]) {
    const { transportInfo } = (await ana.asks("create-transport", { type: "webrtc", kind })).data;
    assert.ok(transportInfo.dtlsParameters.fingerprints.length);
  }
  ana.says("transports-ready");
  const his = (await joins(bob, room, "Bob")).data.summary;
  assert.deepEqual(his.participants.map((each) => each.role), [0, 2]);
  assert.equal((await ana.hears("new-participant"))[0].participantSummary.name, "Bob");
  assert.equal((await ana.hears("new-message"))[0].messageSummary.content, "Bob joined");

  assert.equal((await bob.asks("send-message", { messageInput: { type: 0, group: group.id, content: "hello" } })).status, 200);
  const [{ messageSummary: message }] = await ana.hears("new-message");
  assert.deepEqual([message.content, message.from, message.group], ["hello", his.myId, group.id]);
  assert.equal((await bob.asks("edit-message", { messageId: message.id, newContent: "hello!" })).success, true);
  assert.equal((await ana.hears("edit-message"))[0].messageSummary.content, "hello!");
  assert.equal((await ana.asks("delete-message", { messageId: message.id })).status, 403);
  assert.equal((await bob.asks("delete-message", { messageId: message.id })).success, true);
  await ana.hears("delete-message");
  bob.forgets();
  await ana.asks("send-message", { messageInput: { type: 1, to: his.myId, content: "psst" } });
  assert.deepEqual((await bob.hears("new-message"))[0].messageSummary.type, 1);
  assert.equal((await bob.asks("change-name", { newName: "Bobby" })).success, true);
  assert.equal((await ana.hears("participant-changed-name"))[0].newName, "Bobby");

  const changed = { newSettings: { name: "Retro", waitingRoom: true, hostDisconnectAction: 1 } };
  assert.equal((await ana.asks("update-room-settings", changed)).success, true);
  assert.equal((await bob.hears("updated-room-settings"))[0].newSettings.name, "Retro");
  assert.equal((await bob.hears("group-update-name"))[0].newName, "Retro");
  assert.deepEqual((await joins(cy, room, "Cy")).status, 403);
  const [{ participant }] = await ana.hears("new-waiting-room-participant");
  assert.equal((await ana.asks("waiting-room-decision", { id: participant.id, decision: "accept" })).success, true);
  assert.equal((await cy.hears("waiting-room-accept"))[0].summary.participants.length, 3);
  await joins(dee, room, "Dee");
  const [refused] = await ana.hears("new-waiting-room-participant");
  assert.equal((await ana.asks("waiting-room-decision", { id: refused.participant.id, decision: "reject" })).success, true);
  assert.equal((await dee.hears("waiting-room-rejection"))[0].reason, "The host rejected you.");
  assert.equal((await ana.asks("kick-participant", { participantId: participant.id })).success, true);
  await cy.hears("kicked");
  bob.forgets();
  assert.equal((await ana.asks("transfer-host", { participantId: his.myId })).success, true);
  assert.deepEqual((await bob.hears("participant-update-role"))[0], { participantId: his.myId, newRole: 0 });
  assert.equal((await bob.hears("new-message"))[0].messageSummary.content, "Host transferred from Ann to Bobby");
  ana.says("leave");
  assert.equal((await bob.hears("participant-left"))[0].participantId, mine.myId);
  assert.equal((await bob.asks("end-room", {})).success, true);
  await bob.hears("destroy");
}

async function meeting(library, era, transports) {
  const people = [];
  const comes = async (number) => {
    people.push(...Array.from({ length: number }, () => person(library, transports)));
    await Promise.all(people.map((each) => each.connected));
    return people;
  };
  const late = new Promise((_, reject) => setTimeout(reject, PATIENCE_MS, new Error("it took too long")).unref());
  let problem = null;
  await Promise.race([{ seed, acked, object }[era](comes), late]).catch((error) => (problem = String(error.stack)));
  for (const each of people) each.socket.disconnect();
  console.log(JSON.stringify({ library, era, transports, problem }));
}

const all = libraries.flatMap((library) => ["seed", "acked", "object"].flatMap((era) => WAYS.map((way) => [library, era, way])));
await Promise.all(all.map((each) => meeting(...each)));
process.exit(0);
