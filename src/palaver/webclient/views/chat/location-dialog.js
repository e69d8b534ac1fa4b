// @ts-check
/** @module Sharing where one is: found once, on request, shown to oneself first, and posted as an address of a map. */
import { useState } from "preact/hooks";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions } from "../hooks.js";
import { Dialog } from "../parts/dialog.js";
import { Switch } from "../parts/fields.js";
import { Icon } from "../parts/icon.js";
import { placeText } from "./place.js";

const PATIENCE_MS = 20_000;
/** @type {Record<number, import("../../texts/index.js").Key>} */
const PROBLEMS = { 1: "place.denied", 2: "place.unknown", 3: "place.unknown" };

/** @typedef {{ latitude: number, longitude: number, accuracy: number }} Found metres */

/** @param {{ thread: string, place: string, onClose: () => void }} props */
export function LocationDialog({ thread, place, onClose }) {
  const { post } = useActions();
  const [found, setFound] = useState(/** @type {Found | null} */ (null));
  const [rough, setRough] = useState(true);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const find = () => {
    setBusy(true);
    setProblem("");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setBusy(false);
        setFound({ latitude: coords.latitude, longitude: coords.longitude, accuracy: coords.accuracy });
      },
      ({ code }) => {
        setBusy(false);
        setProblem(t(PROBLEMS[code] ?? "place.unknown"));
      },
      { timeout: PATIENCE_MS, maximumAge: 60_000 },
    );
  };
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!found) return find();
    post(thread, placeText(found, rough, t("place.name")));
    return onClose();
  };
  return html`<${Dialog} heading=${t("place.share")} onClose=${onClose}>
    <form class="dialog-form" onSubmit=${send}>
      <p class="hint">${t("place.lead", { place })}</p>
      <${Switch} label=${t("place.rough")} hint=${t("place.rough_hint")} checked=${rough} onChange=${setRough} />
      <div role="status">${found && html`<p class="place-found"><${Icon} name="place" />${placeText(found, rough, "").match(/-?[\d.]+, -?[\d.]+/)?.[0]}
        <span class="hint">${t("place.accuracy", { metres: Math.round(rough ? Math.max(found.accuracy, 1000) : found.accuracy) })}</span></p>`}</div>
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
      <div class="dialog-foot">
        <button type="button" class="button" onClick=${onClose}>${t("dialog.cancel")}</button>
        <button type="submit" class="button primary" disabled=${busy}>${found ? t("place.go") : busy ? t("place.finding") : t("place.find")}</button>
      </div>
    </form>
  </${Dialog}>`;
}
