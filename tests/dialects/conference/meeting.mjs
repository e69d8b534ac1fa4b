// Holds a whole meeting with the real client library: `node meeting.mjs <library> <transports> <url> <era>`.
// Ends with 0 when everything happened as it must, else with 1 and what went wrong.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [library, transports, url, era] = process.argv.slice(2);
const io = createRequire(import.meta.url)(library);
const deadline = setTimeout(() => {
  console.error("it took too long");
  process.exit(1);
}, 30_000);

/** Somebody who remembers every event in its order. */
function person() {
  const socket = io(url, { transports: transports.split(","), forceNew: true });
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
  const asks = (...call) => new Promise((resolve) => socket.emit(...call, resolve));
  const connected = new Promise((resolve) => socket.once("connect", resolve));
  return { socket, heard, hears, asks, says: (...call) => socket.emit(...call), connected };
}

async function post(hash, verb, body) {
  const answer = await fetch(`${url}/api/${hash}/${verb}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: answer.status, ...(await answer.json()) };
}

async function seed() {
  const [ana, bob, xi] = [person(), person(), person()];
  await Promise.all([ana.connected, bob.connected, xi.connected]);
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
  assert.equal((await ana.hears("new-participant"))[0].name, "Bob 😀");
  bob.says("update-mediaState", { cameraEnabled: true });
  assert.equal((await ana.hears("participant-updated-media-state"))[0].mediaState.cameraEnabled, true);

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
}

async function acked() {
  const [ana, bob] = [person(), person()];
  await Promise.all([ana.connected, bob.connected]);
  ana.says("create-room", "Standup");
  const [room] = await ana.hears("join-room");
  const none = { codecs: [], headerExtensions: [] };
  assert.deepEqual((await ana.asks("get-rtp-capabilities", room)).data, none);
  const mine = (await ana.asks("join-room", room, "Ann", none)).data.summary;
  const his = (await bob.asks("join-room", room, "Bob", none)).data.summary;
  assert.equal(his.participants.length, 2);
  await ana.hears("new-participant");
  const { data } = await bob.asks("send-message", "everyone", "hello");
  assert.equal((await ana.hears("new-room-message"))[0].id, data.id);
  assert.equal((await bob.asks("edit-message", data.id, "hello!")).success, true);
  assert.equal((await ana.hears("edit-room-message"))[0].content, "hello!");
  assert.equal((await ana.asks("delete-message", data.id)).status, 403);
  assert.equal((await bob.asks("delete-message", data.id)).success, true);
  await ana.hears("delete-room-message");
  assert.equal((await bob.asks("kick-participant", mine.myId)).status, 401);
  await ana.asks("kick-participant", his.myId);
  await bob.hears("kicked");
}

async function object() {
  const [ana, bob, cy] = [person(), person(), person()];
  await Promise.all([ana.connected, bob.connected, cy.connected]);
  const none = { codecs: [], headerExtensions: [] };
  const joins = async (who, roomId, name) => {
    assert.deepEqual((await who.asks("get-rtp-capabilities", { roomId })).data, none);
    return who.asks("join-room", { roomId, name, rtpCapabilities: none });
  };
  ana.says("create-room", { name: "Standup" });
  const [{ id: room }] = await ana.hears("join-room");
  const mine = (await joins(ana, room, "Ann")).data.summary;
  const [{ groupSummary: group }] = await ana.hears("added-to-group");
  for (const kind of ["receiving", "sending"])
    assert.ok((await ana.asks("create-transport", { type: "webrtc", kind })).data.transportInfo.dtlsParameters.fingerprints.length);
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
  await ana.asks("send-message", { messageInput: { type: 1, to: his.myId, content: "psst" } });
  bob.heard.length = 0;
  await ana.asks("send-message", { messageInput: { type: 1, to: his.myId, content: "again" } });
  assert.equal((await bob.hears("new-message"))[0].messageSummary.type, 1);

  const changed = { newSettings: { waitingRoom: true, hostDisconnectAction: 1 } };
  assert.equal((await ana.asks("update-room-settings", changed)).success, true);
  assert.deepEqual((await joins(cy, room, "Cy")).status, 403);
  const [{ participant }] = await ana.hears("new-waiting-room-participant");
  assert.equal((await ana.asks("waiting-room-decision", { id: participant.id, decision: "accept" })).success, true);
  assert.equal((await cy.hears("waiting-room-accept"))[0].summary.participants.length, 3);
  assert.equal((await ana.asks("kick-participant", { participantId: participant.id })).success, true);
  await cy.hears("kicked");
  assert.equal((await ana.asks("transfer-host", { participantId: his.myId })).success, true);
  bob.heard.length = 0;
  ana.says("leave");
  assert.equal((await bob.hears("participant-left"))[0].participantId, mine.myId);
  assert.equal((await bob.asks("end-room", {})).success, true);
  await bob.hears("destroy");
}

await { seed, acked, object }[era]();
clearTimeout(deadline);
process.exit(0);
