// @ts-check
/** @module The entrance: a name, a room, and for those who like it a look at the own camera first. */
import { useRef, useState } from "preact/hooks";
import { refusalText, t } from "../../texts/index.js";
import { html } from "../html.js";
import { useSelect, useSite, useWorld } from "../hooks.js";
import { Icon } from "../parts/icon.js";
import { Choices, TextField } from "../parts/fields.js";
import { MeetingFields } from "../settings/meeting-dialogs.js";
import { enter, startMeeting } from "./enter.js";
import { Preview } from "./preview.js";

const MAX_NAME = 32;
const MAX_ROOM = 128;

export function EntryView() {
  const world = useWorld();
  const site = useSite();
  const remembered = useSelect((state) => state.settings.name);
  const refusal = useSelect((state) => state.connection.refusal);
  const [name, setName] = useState(remembered);
  const [room, setRoom] = useState(site.room || site.defaultRoom);
  // Who followed a link is asked for no room, unless for another one.
  const [elsewhere, setElsewhere] = useState(!site.room);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const [way, setWay] = useState(/** @type {"room" | "meeting"} */ ("room"));
  const [meeting, setMeeting] = useState({ title: "", waiting: true });

  const stumble = (/** @type {string} */ words) => {
    setProblem(words);
    if (words) /** @type {HTMLElement | null | undefined} */ (form.current?.querySelector("input:not([type=radio])"))?.focus();
  };
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (busy) return;
    if (!name.trim()) {
      stumble(t("entry.name_needed"));
      return;
    }
    setBusy(true);
    const who = name.trim();
    const trouble = way === "meeting" ? await startMeeting(world, { name: who, meeting }) : await enter(world, { name: who, room: room.trim() });
    setBusy(false);
    stumble(trouble ? refusalText(/** @type {any} */ (trouble)) : "");
  };

  return html`<main class="entrance">
    <div class="entrance-card">
      <${Brand} />
      ${site.guests
        ? html`<form ref=${form} class="entrance-form" onSubmit=${submit} novalidate>
            <div>
              <h1>${t("entry.heading")}</h1>
              <p class="hint">${site.room ? t("entry.room_lead", { room: site.room }) : t("entry.lead")}</p>
            </div>
            ${!site.room &&
            html`<${Choices} bare label=${t("entry.way")} value=${way} onChange=${setWay}
              choices=${[{ value: "room", label: t("entry.way_room") }, { value: "meeting", label: t("meeting.heading") }]} />`}
            <${TextField} label=${t("entry.name")} value=${name} onInput=${setName} problem=${problem || (refusal ? refusalText(refusal) : "")}
              placeholder=${t("entry.name_placeholder")} autocomplete="nickname" maxLength=${MAX_NAME} autofocus />
            ${way === "meeting"
              ? html`<p class="hint">${t("meeting.lead")}</p><${MeetingFields} meeting=${meeting} onChange=${setMeeting} />`
              : elsewhere && html`<${TextField} label=${t("entry.room")} value=${room} onInput=${setRoom} maxLength=${MAX_ROOM}
                  hint=${t("entry.room_hint")} />`}
            <${Preview} />
            <button type="submit" class="button primary wide" disabled=${busy}>${busy ? t("entry.entering") : way === "meeting" ? t("meeting.go") : t("entry.enter")}</button>
            ${!elsewhere && html`<button type="button" class="text-button" onClick=${() => setElsewhere(true)}>${t("gate.elsewhere")}</button>`}
          </form>`
        : html`<${MembersOnly} problem=${refusal ? refusalText(refusal) : ""} />`}
    </div>
  </main>`;
}

export function Brand() {
  const site = useSite();
  return html`<header class="brand">
    <span class="brand-mark"><${Icon} name="chat" /></span>
    <div>
      <div class="brand-title">${site.title}</div>
      ${site.branding && site.branding !== site.title && html`<p class="hint">${site.branding}</p>`}
    </div>
  </header>`;
}

/** @param {{ problem: string }} props */
function MembersOnly({ problem }) {
  const site = useSite();
  return html`<div class="entrance-form">
    <h1>${t("entry.heading")}</h1>
    <p>${problem || t("entry.guests_off")}</p>
    ${/^https?:/.test(site.websiteUrl) &&
    html`<a class="button primary wide" href=${site.websiteUrl}>${t("entry.to_site", { site: new URL(site.websiteUrl).host })}</a>`}
  </div>`;
}
