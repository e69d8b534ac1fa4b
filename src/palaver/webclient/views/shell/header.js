// @ts-check
/** @module Above the conversation: where one is, and the way into pictures and the call. */
import { shownName } from "../../state/keys.js";
import { t } from "../../texts/index.js";
import { useCallTitle } from "../call/call-stage.js";
import { SearchButton } from "../chat/search.js";
import { html } from "../html.js";
import { useActions, useAttempt, useClient, usePhone, useRoom, useSelect, useUi, useUiSelect, useWorld } from "../hooks.js";
import { Avatar } from "../parts/avatar.js";
import { IconButton } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { urgentIn } from "../quiet.js";
import { neighbour, showThread, threadName } from "../threads.js";

export function Header() {
  const ui = useUi();
  const phone = usePhone();
  const inCall = useSelect((state) => state.call.phase !== "out");
  const side = useUiSelect((state) => state.side);
  return html`<header class="head">
    ${phone && html`<${IconButton} icon="left" label=${t("head.back")} onClick=${() => ui.set({ panel: "threads" })} />`}
    ${inCall && !phone ? html`<${CallTitle} />` : html`<${ThreadTitle} />`}
    <div class="head-actions">
      ${(phone || !inCall) && html`<${SearchButton} />`}
      <${CameraButton} />
      <${CallButton} />
      ${!phone && inCall && html`<${ChatButton} />`}
      ${!phone && html`<${IconButton} icon="people" label=${side === "people" ? t("head.hide_people") : t("head.show_people")} pressed=${side === "people"} onClick=${() => ui.set({ side: side === "people" ? "" : "people" })} />`}
    </div>
  </header>`;
}

/** Shows the chat beside a call, and tells how much there is to read while it is hidden: the rail may be hidden, too. */
function ChatButton() {
  const world = useWorld();
  const { client, ui } = world;
  const shown = useUiSelect((state) => state.side === "chat");
  const unread = useSelect((state) => (shown ? 0 : Object.values(state.threads).reduce((sum, thread) => sum + urgentIn(state, thread), 0)));
  const show = () => {
    const state = client.store.get();
    const open = state.threads[state.openThread];
    const other = unread && !(open && urgentIn(state, open)) ? neighbour(state, ui.get().room, 1, true) : "";
    if (other) showThread(world, other);
    ui.set({ side: "chat" });
  };
  const label = unread ? `${t("head.show_chat")}, ${t("rail.unread", { count: unread })}` : t("head.show_chat");
  return html`<${IconButton} icon="chat" class="counts" label=${shown ? t("head.hide_chat") : label} pressed=${shown} onClick=${() => (shown ? ui.set({ side: "" }) : show())}>
    ${unread > 0 && html`<span class="badge strong" aria-hidden="true">${unread}</span>`}
  </${IconButton}>`;
}

/** Above the chat that stands beside a call. */
export function SideHeader() {
  const ui = useUi();
  return html`<header class="head"><${ThreadTitle} />
    <div class="head-actions"><${SearchButton} /><${IconButton} icon="close" label=${t("head.hide_chat")} onClick=${() => ui.set({ side: "" })} /></div>
  </header>`;
}

function ThreadTitle() {
  const room = useRoom();
  const { name, person, place } = useSelect((state) => {
    const thread = state.threads[state.openThread];
    const other = thread && thread.room !== room?.id ? state.rooms[thread.room] : undefined;
    return { name: thread ? threadName(state, thread) : "", person: thread?.person ?? null, place: other && (other.info.title || other.id) };
  });
  const here = useSelect((state) => (person ? Object.values(state.rooms).map((other) => other.participants[person.session]).find(Boolean) : undefined));
  const count = Object.keys(room?.participants ?? {}).length;
  return html`<div class="head-title">
    ${person ? html`<${Avatar} person=${here ?? person} size=${30} presence=${!!here} />` : html`<${Icon} name="hash" class="head-sign" />`}
    <div>
      <h1><span title=${name}>${name}</span></h1>
      <p class="hint">${person ? here?.status_text || `@${person.handle}` : place ?? t("head.here", { count })}</p>
    </div>
  </div>`;
}

function CallTitle() {
  const room = useRoom();
  const title = useCallTitle();
  const { direct, count } = useSelect((state) => ({ direct: state.call.direct, count: Object.keys(state.call.peers).length + 1 }));
  const hint = direct?.phase === "calling" ? t("call.calling") : t("head.in_call", { count });
  return html`<div class="head-title"><${Icon} name="phone" class="head-sign" />
    <div><h1>${direct ? title : room?.info.title || room?.id}</h1><p class="hint">${hint}</p></div>
  </div>`;
}

function CameraButton() {
  const client = useClient();
  const attempt = useAttempt();
  const ui = useUi();
  const media = useSelect((state) => state.media);
  const inCall = useSelect((state) => state.call.phase !== "out");
  const forbidden = useSelect((state) => state.me?.rules.some((rule) => rule === "nobroadcast" || rule === "novideo") ?? false);
  if (!client.calls.supported || inCall || forbidden) return null;
  const toggle = async () => {
    await attempt(client.actions.setMedia(media.camera ? { camera: false, microphone: false } : { camera: true, microphone: true }));
    // Without a picture nobody can watch, and nothing would show that the microphone listens.
    const { media: now, call } = client.store.get();
    if (now.microphone && !now.camera && call.phase === "out") await attempt(client.actions.setMedia({ microphone: false }));
  };
  return html`<button type="button" class="button head-button" aria-pressed=${media.camera} aria-disabled=${media.asking ? "true" : undefined} onClick=${() => media.asking || toggle()}
    title=${media.camera ? t("head.camera_off") : t("head.camera_on")}>
    <${Icon} name=${media.camera ? "cameraOff" : "camera"} /><span class="wide-only">${media.camera ? t("head.camera_off") : t("head.camera_on")}</span>
  </button>`;
}

function CallButton() {
  const client = useClient();
  const attempt = useAttempt();
  const actions = useActions();
  const ui = useUi();
  const phone = usePhone();
  const room = useRoom();
  const inCall = useSelect((state) => state.call.phase !== "out");
  const person = useSelect((state) => {
    const talk = state.threads[state.openThread]?.person;
    return talk && Object.values(state.rooms).map((each) => each.participants[talk.session]).find(Boolean);
  });
  if (!room) return null;
  if (!client.calls.supported) {
    return html`<p class="hint no-calls" title=${t("call.unsupported")}><${Icon} name="phoneOff" /><span class="wide-only">${t("call.unsupported")}</span></p>`;
  }
  if (inCall) {
    return phone ? html`<${IconButton} icon="phone" label=${t("head.return_call")} class="in-call" onClick=${() => ui.set({ panel: "call" })} />` : null;
  }
  if (person) {
    return html`<button type="button" class="button head-button" title=${t("person.call", { name: shownName(person) })} onClick=${() => attempt(actions.callDirect(person.session))}>
      <${Icon} name="phone" /><span class="wide-only">${t("person.call", { name: shownName(person) })}</span>
    </button>`;
  }
  const others = Object.values(room.participants).filter((each) => each.in_call);
  return html`<button type="button" class=${others.length ? "button good head-button" : "button head-button"}
    title=${t("head.in_call", { count: others.length })} onClick=${() => attempt(actions.joinCall(room.id))}>
    <${Icon} name="phone" /><span class=${others.length ? "" : "wide-only"}>${others.length ? t("head.join_call") : t("head.start_call")}</span>
    ${others.length > 0 && html`<span class="count">${others.length}</span>`}
  </button>`;
}
