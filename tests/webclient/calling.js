// @ts-nocheck
/** People in the call of one room. */
import { FakeRoom, stateOf } from "./fake_room.js";
import { settle } from "./fakes.js";

export async function inCall(letters) {
  const room = new FakeRoom();
  const people = [];
  for (const letter of letters) people.push(await room.enter(letter));
  for (const { client } of people) {
    await client.actions.joinCall("lobby", { camera: true });
    await settle();
  }
  return { room, people };
}

export const peersOf = (person) => Object.values(stateOf(person).call.peers);

export const sentBy = (person) => person.client.calls.stream(stateOf(person).media.cameraStream)?.getTracks() ?? [];
