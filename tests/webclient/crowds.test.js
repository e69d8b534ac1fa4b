// @ts-nocheck
/** Calls in which everything happens at once and the server's words come late, in another order for each. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { FakeRoom, stateOf } from "./fake_room.js";
import { seeded, settle } from "./fakes.js";

/** Everybody hears what they are told in its order, but when it pleases the test. */
function slowed(people) {
  const mail = people.map(({ server }) => {
    const hear = server.tell.bind(server);
    const letters = [];
    server.tell = (event) => void letters.push(event);
    return { hear, letters };
  });
  return {
    async some(random, most) {
      for (let count = 0; count < most; count += 1) {
        const { hear, letters } = mail[Math.floor(random() * mail.length)];
        if (letters.length) hear(letters.shift());
        if (random() < 0.3) await settle();
      }
    },
    async all(random) {
      await settle();
      while (mail.some(({ letters }) => letters.length)) {
        await this.some(random, 40);
        await settle();
      }
    },
  };
}

/** Whether each sees each, over connections that wait for nothing. */
function assertComplete(people, message) {
  for (const { client, session, pcs } of people) {
    const peers = Object.values(stateOf({ client }).call.peers);
    assert.deepEqual(peers.map((peer) => peer.session).sort(), people.map((one) => one.session).filter((one) => one !== session).sort(), message);
    for (const peer of peers) assert.deepEqual([peer.phase, peer.camera?.audio, peer.camera?.video], ["connected", true, true], `${message}: ${session} of ${peer.session}`);
    const open = pcs.filter((pc) => pc.connectionState !== "closed");
    assert.deepEqual(open.map((pc) => pc.signalingState), open.map(() => "stable"), message);
  }
}

async function gathered(letters) {
  const room = new FakeRoom();
  const people = [];
  for (const letter of letters) people.push(await room.enter(letter));
  return { room, people };
}

test("six who join at once all see each other, without a second try", async () => {
  for (let seed = 1; seed <= 6; seed += 1) {
    const random = seeded(seed);
    const { people } = await gathered("abcdef");
    const mail = slowed(people);
    const joins = [];
    for (const { client } of people) {
      joins.push(client.actions.joinCall("lobby", { camera: random() < 0.5 }));
      await mail.some(random, 10);
    }
    await Promise.all(joins);
    await mail.some(random, 20);
    await Promise.all(people.map(({ client }) => client.actions.setMedia({ camera: true })));
    await mail.all(random);
    assertComplete(people, `seed ${seed}`);
    for (const { pcs } of people) assert.equal(pcs.length, 5, `seed ${seed}: nobody began anew`);
  }
});

test("of six, one leaves and returns, and one changes what it sends, in any order", async () => {
  for (let seed = 1; seed <= 6; seed += 1) {
    const random = seeded(seed);
    const { people } = await gathered("abcdef");
    const mail = slowed(people);
    await Promise.all(people.map(({ client }) => client.actions.joinCall("lobby", { camera: true })));
    await mail.some(random, 60);
    const one = people[Math.floor(random() * 6)].client.actions;
    const other = people[Math.floor(random() * 6)].client.actions;
    await one.leaveCall();
    await mail.some(random, 30);
    await other.setMedia({ screen: true });
    await one.joinCall("lobby", { camera: true });
    await mail.some(random, 30);
    await other.setMedia({ screen: false });
    await mail.all(random);
    for (const { client } of people) await client.actions.setMedia({ camera: true, microphone: true });
    await mail.all(random);
    assertComplete(people, `seed ${seed}`);
  }
});

test("two who watch each other and then call see each other in all four pictures", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = seeded(seed);
    const { people } = await gathered("ab");
    const [ana, bob] = people;
    await ana.client.actions.setMedia({ camera: true });
    await bob.client.actions.setMedia({ camera: true });
    const mail = slowed(people);
    await Promise.all([ana.client.actions.openCamera("bbb"), bob.client.actions.openCamera("aaa")]);
    await mail.some(random, Math.floor(random() * 20));
    await Promise.all(people.map(({ client }) => client.actions.joinCall("lobby")));
    await mail.some(random, Math.floor(random() * 20));
    const broken = people[Math.floor(random() * 2)];
    for (const pc of broken.pcs) if (random() < 0.4) pc.restartIce();
    await mail.all(random);
    assertComplete(people, `seed ${seed}`);
    assert.equal(stateOf(ana).cameras.watching.bbb.stream?.video, true, `seed ${seed}`);
    assert.equal(stateOf(bob).cameras.watching.aaa.stream?.video, true, `seed ${seed}`);
  }
});
