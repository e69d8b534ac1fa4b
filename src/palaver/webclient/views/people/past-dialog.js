// @ts-check
/** @module With whom one has talked directly, as far as the site keeps it: the way back to each of them, and erasing it all. */
import { useEffect, useState } from "preact/hooks";
import { fold } from "../../state/keys.js";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useSelect, useSite, useUi, useWorld } from "../hooks.js";
import { Dialog } from "../parts/dialog.js";
import { Select } from "../parts/fields.js";
import { Icon } from "../parts/icon.js";
import { showDirect } from "../threads.js";
import { askSite } from "./site-calls.js";

/** @typedef {{ names: string[], pages: number }} Found */

const SORTS = /** @type {const} */ (["newest", "oldest", "a-z", "z-a"]);

/** @returns {boolean} the site keeps direct messages, and knows whose they are */
export function useHasPast() {
  const { features, token } = useSite();
  return features.includes("history") && token !== "";
}

/** @param {{ onClose: () => void }} props */
export function PastDialog({ onClose }) {
  const world = useWorld();
  const site = useSite();
  const ui = useUi();
  const [sort, setSort] = useState(/** @type {string} */ (SORTS[0]));
  const [page, setPage] = useState(1);
  const [found, setFound] = useState(/** @type {Found | null} */ (null));
  const [sure, setSure] = useState(false);
  const seats = useSelect((state) => Object.values(state.rooms).flatMap((room) => Object.values(room.participants)));
  useEffect(() => {
    let wanted = true;
    askSite(site, "message/usernames", { Sort: sort, Page: page }).then(
      ({ Usernames = [], Pages = 1 }) => wanted && setFound({ names: (Usernames ?? []).map(String), pages: Number(Pages) }),
      () => wanted && setFound({ names: [], pages: 1 }), // nobody yet is an answer of this kind, too
    );
    return () => void (wanted = false);
  }, [sort, page]);
  const seatOf = (/** @type {string} */ name) => seats.find((person) => person.user === `site:${name}` || fold(person.handle) === fold(name));
  const open = (/** @type {string} */ session) => {
    onClose();
    showDirect(world, session);
  };
  const erase = async () => {
    try {
      const { MessagesErased = 0 } = await askSite(site, "message/clear");
      ui.toast(t("past.erased", { count: Number(MessagesErased) }), "good");
      onClose();
    } catch {
      ui.toast(t("profile.failed"), "bad");
    }
  };
  return html`<${Dialog} heading=${t("past.heading")} onClose=${onClose}>
    <p class="hint">${t("past.lead")}</p>
    <${Select} label=${t("past.sort")} value=${sort} onChange=${(/** @type {string} */ value) => {
      setPage(1);
      setSort(value);
    }} choices=${SORTS.map((value) => ({ value, label: t(`past.${value}`) }))} />
    ${found && !found.names.length && html`<p>${t("past.none")}</p>`}
    <ul class="plain-list" aria-label=${t("past.heading")}>${(found?.names ?? []).map((name) => {
      const seat = seatOf(name);
      return html`<li key=${name}><button type="button" class="menu-item" disabled=${!seat} onClick=${() => seat && open(seat.session)}><${Icon} name="chat" />
        <span class="person-words"><span class="person-name"><bdi>${name}</bdi></span>${!seat && html`<span class="hint">${t("contact.away_mark")}</span>`}</span></button></li>`;
    })}</ul>
    ${!!found && found.pages > 1 && html`<div class="dialog-foot">
      <button type="button" class="button" disabled=${page <= 1} onClick=${() => setPage(page - 1)}>${t("past.previous")}</button>
      <span class="hint">${t("past.page", { page, pages: found.pages })}</span>
      <button type="button" class="button" disabled=${page >= found.pages} onClick=${() => setPage(page + 1)}>${t("past.next")}</button>
    </div>`}
    <hr class="rule" />
    ${sure
      ? html`<p>${t("past.erase_lead")}</p><div class="dialog-foot"><button type="button" class="button" onClick=${() => setSure(false)}>${t("dialog.cancel")}</button>
          <button type="button" class="button danger" onClick=${erase}>${t("past.erase_go")}</button></div>`
      : html`<button type="button" class="button" onClick=${() => setSure(true)}><${Icon} name="trash" />${t("past.erase")}</button>`}
  </${Dialog}>`;
}
