// @ts-check
/** @module Files that are offered, on their way, or there: below the conversation they belong to. */
import { shownName } from "../../state/keys.js";
import { isUnderWay } from "../../state/transfers.js";
import { byteSize, t, tWord } from "../../texts/index.js";
import { classes, html } from "../html.js";
import { useActions, useClient, useSelect } from "../hooks.js";
import { IconButton } from "../parts/button.js";
import { Icon } from "../parts/icon.js";

/** @typedef {import("../../state/types.js").Transfer} Transfer */

/** @param {{ thread: string }} props */
export function Transfers({ thread }) {
  const all = useSelect((state) => Object.values(state.transfers).filter((transfer) => transfer.thread === thread));
  if (!all.length) return null;
  return html`<ul class="transfers" aria-label=${t("file.label")}>${all.map((transfer) => html`<${Card} key=${transfer.id} transfer=${transfer} />`)}</ul>`;
}

/** @param {{ transfer: Transfer }} props */
function Card({ transfer }) {
  const actions = useActions();
  const { id, name, bytes, moved, phase, incoming } = transfer;
  const shown = name || t("file.unnamed");
  const percent = bytes ? Math.floor((moved / bytes) * 100) : 100;
  const under = isUnderWay(transfer);
  return html`<li class=${classes("transfer", phase === "failed" && "bad")} aria-label=${shown}>
    <span class="transfer-sign"><${Icon} name="file" /></span>
    <span class="transfer-words">
      <strong><bdi>${shown}</bdi></strong>
      <span class="hint" role="status">${wordsOf(transfer)}</span>
      ${phase === "moving" && html`<progress max="100" value=${percent} aria-label=${t("file.progress", { name: shown })}>${percent} %</progress>`}
    </span>
    <span class="transfer-choice">
      ${incoming && phase === "offered" && html`<button type="button" class="button small primary" onClick=${() => void actions.acceptFile(id)}>${t("file.accept")}</button>`}
      ${incoming && phase === "done" && html`<${Save} transfer=${transfer} />`}
      ${under
        ? html`<button type="button" class="button small" onClick=${() => actions.cancelFile(id)}>${incoming && phase === "offered" ? t("file.refuse") : t("dialog.cancel")}</button>`
        : html`<${IconButton} small icon="close" label=${t("file.dismiss", { name: shown })} onClick=${() => actions.dismissFile(id)} />`}
    </span>
  </li>`;
}

/** @param {{ transfer: Transfer }} props */
function Save({ transfer }) {
  const client = useClient();
  const save = () => {
    const blob = client.files.blob(transfer.id);
    if (!blob) return;
    const url = URL.createObjectURL(blob);
    const link = Object.assign(document.createElement("a"), { href: url, download: transfer.name || t("file.unnamed") });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  };
  return html`<button type="button" class="button small primary" onClick=${save}><${Icon} name="download" />${t("file.save")}</button>`;
}

/** @param {Transfer} transfer */
function wordsOf({ phase, reason, bytes, moved, incoming, person }) {
  const size = byteSize(bytes);
  const name = shownName(person);
  if (phase === "moving") return t("file.moving", { moved: byteSize(moved), size });
  if (phase === "offered") return incoming ? t("file.offered_in", { name, size }) : t("file.offered_out", { name, size });
  if (phase === "failed") return tWord("file.failed", reason || "unreachable");
  if (phase === "refused") return reason === "too_large" ? t("file.failed.too_large") : t("file.refused", { name });
  return t(`file.${phase}`, { size });
}
