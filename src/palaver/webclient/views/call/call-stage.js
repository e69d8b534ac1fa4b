// @ts-check
/** @module The call: everybody's picture, and the bar with one's own switches. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { shownName } from "../../state/keys.js";
import { problemText, t } from "../../texts/index.js";
import { html } from "../html.js";
import { usePhone, useRoom, useSelect, useUiSelect, useWorld } from "../hooks.js";
import { IconButton } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { CallBar } from "./call-bar.js";
import { CallTile } from "./call-tile.js";
import { gridOf, speakerOf } from "./layout.js";
import { useSpeaker } from "./speaker.js";

/**
 * One picture of the call.
 * @typedef {object} Picture
 * @property {string} id
 * @property {string} session
 * @property {string} name
 * @property {string} stream
 * @property {boolean} video
 * @property {boolean} own
 * @property {boolean} screen
 * @property {boolean} muted
 * @property {boolean} hand it is up
 * @property {string} phase
 * @property {{ handle: string, display_name: string }} person
 */

export function CallStage() {
  const { client, ui } = useWorld();
  const phone = usePhone();
  const room = useRoom();
  const call = useSelect((state) => state.call);
  const media = useSelect((state) => state.media);
  const problem = problemText(media.problems);
  const title = useCallTitle();
  const roster = useSelect((state) => rosterOf(state, room?.id ?? ""));
  const layout = useUiSelect((state) => state.layout);
  const pinned = useUiSelect((state) => state.pinned);
  const stage = useRef(/** @type {HTMLElement | null} */ (null));
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [size, setSize] = useState({ width: 0, height: 0 });
  // The button that led here is gone.
  useLayoutEffect(() => void (phone || stage.current?.focus()), []);
  useLayoutEffect(() => {
    if (!box.current) return undefined;
    const watcher = new ResizeObserver(([entry]) => setSize({ width: entry.contentRect.width, height: entry.contentRect.height }));
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);

  // Clients of some wires never say that their microphone is on: only who said so once can be known to have muted it.
  const spoken = useRef(/** @type {Set<string>} */ (new Set()));
  for (const session of Object.keys(call.peers)) if (roster[session]?.media.microphone) spoken.current.add(session);
  const pictures = picturesOf(call, media, roster, room?.you ?? "").map((picture) =>
    picture.muted && !picture.own && roster[picture.session] && !spoken.current.has(picture.session) ? { ...picture, muted: !call.peers[picture.session].camera?.audio } : picture,
  );
  const speaker = useSpeaker(pictures);
  const main = mainOf(pictures, pinned, speaker);
  const focused = layout === "speaker" || pinned !== "" || (layout === "auto" && pictures.some((picture) => picture.screen && !picture.own));
  const rects = focused ? speakerOf(pictures.length, main, size.width, size.height) : gridOf(pictures.length, size.width, size.height);
  const alone = call.phase === "in" && pictures.every((picture) => picture.own);
  return html`<section ref=${stage} class="call" aria-label=${title} tabindex="-1">
    ${phone && html`<h1 class="hidden-text">${title}</h1>`}
    <div class="call-space" ref=${box} role="group" aria-label=${t("call.participants")}>
      ${size.width > 0 &&
      pictures.map(
        (picture, at) => html`<${CallTile} key=${picture.id} ...${picture} rect=${rects[at]} pinned=${picture.id === pinned} speaking=${picture.session === speaker && !picture.muted}
          small=${focused && at !== main} onPin=${() => ui.set({ pinned: picture.id === pinned ? "" : picture.id })} />`,
      )}
      ${alone &&
      html`<div class="call-alone" role="status"><p><strong>${t("call.alone")}</strong></p><p>${t("call.alone_hint", { room: room?.info.title || room?.id || "" })}</p>
        <button type="button" class="button small" onClick=${() => ui.set({ dialog: { kind: "share" } })}><${Icon} name="link" />${t("call.invite")}</button></div>`}
    </div>
    ${problem && html`<div class="call-problem"><${Icon} name="alert" /><span role="alert">${problem}</span>
      <${IconButton} small icon="close" label=${t("toast.dismiss")} onClick=${() => void client.actions.setMedia({})} /></div>`}
    <${CallBar} focused=${focused} />
  </section>`;
}

/** @returns {string} what the call is called */
export function useCallTitle() {
  const room = useRoom();
  const { person, of } = useSelect((state) => ({ person: state.call.direct?.person, of: state.rooms[state.call.room]?.info.title || state.call.room }));
  return person ? t("call.with", { name: shownName(person) }) : t("call.label", { room: of || room?.info.title || room?.id || "" });
}

/**
 * @param {import("../../state/types.js").ClientState} state
 * @param {string} onView
 * @returns {Record<string, import("../../net/wire.js").Participant>} who may be in the call
 */
function rosterOf({ call, rooms }, onView) {
  const { direct } = call;
  const shared = direct ? Object.values(rooms).find((room) => room.participants[direct.person.session]) : rooms[call.room];
  return (shared ?? (direct && rooms[onView]))?.participants ?? {};
}

/**
 * @param {import("../../state/types.js").CallState} call
 * @param {import("../../state/types.js").LocalMedia} media
 * @param {Record<string, import("../../net/wire.js").Participant>} roster
 * @param {string} you
 * @returns {Picture[]}
 */
function picturesOf(call, media, roster, you) {
  const me = roster[you] ?? { session: you, handle: t("call.you"), display_name: "" };
  const own = { session: you, name: t("call.you"), own: true, hand: false, phase: "connected", person: me };
  /** @type {Picture[]} */
  const pictures = [{ ...own, id: you, hand: !!roster[you]?.hand_raised_ms, stream: media.cameraStream, video: media.camera, screen: false, muted: !media.microphone }];
  if (media.screen && media.screenStream) pictures.push({ ...own, id: `${you}/screen`, stream: media.screenStream, video: true, screen: true, muted: false });
  for (const peer of Object.values(call.peers)) {
    const seat = roster[peer.session];
    const person = seat ?? peer.person;
    const shared = { session: peer.session, name: shownName(person), own: false, hand: false, phase: peer.phase, person };
    pictures.push({ ...shared, id: peer.session, hand: !!seat?.hand_raised_ms, stream: peer.camera?.id ?? "", video: !!peer.camera?.video && seat?.media.camera !== false, screen: false, muted: seat ? !seat.media.microphone : !peer.camera?.audio });
    if (peer.screen) pictures.push({ ...shared, id: `${peer.session}/screen`, stream: peer.screen.id, video: true, screen: true, muted: false });
  }
  return pictures;
}

/**
 * @param {Picture[]} pictures
 * @param {string} pinned
 * @param {string} speaker
 * @returns {number} which picture is the large one: the pinned one, a shared screen, or whoever speaks
 */
function mainOf(pictures, pinned, speaker) {
  for (const test of [
    (/** @type {Picture} */ picture) => picture.id === pinned,
    (/** @type {Picture} */ picture) => picture.screen && !picture.own,
    (/** @type {Picture} */ picture) => picture.session === speaker && !picture.own && !picture.screen,
    (/** @type {Picture} */ picture) => !picture.own,
  ]) {
    const at = pictures.findIndex(test);
    if (at >= 0) return at;
  }
  return 0;
}
