// @ts-check
/** @module What the site says about one of its users, asked when their card is opened. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useSite } from "../hooks.js";
import { askSite } from "./site-calls.js";

/** @typedef {{ headline: string, fields: { name: string, value: string }[], problem: string }} Card */

/** @param {{ person: import("../../net/wire.js").Participant }} props */
export function SiteProfile({ person }) {
  const site = useSite();
  const asked = site.features.includes("profiles") && site.token !== "" && person.user !== null;
  const [card, setCard] = useState(/** @type {Card | null} */ (null));
  useEffect(() => {
    if (!asked) return undefined;
    let wanted = true;
    void cardOf(site, person.handle).then((found) => wanted && setCard(found));
    return () => void (wanted = false);
  }, [asked, person.handle]);
  if (!asked) return null;
  if (!card) return html`<p class="hint" role="status"><span class="spinner small"></span> ${t("profile.asking")}</p>`;
  if (card.problem) return html`<p class="hint" role="status">${card.problem}</p>`;
  return html`<section class="site-profile" aria-label=${t("profile.label")}>
    ${card.headline && html`<p dir="auto">${card.headline}</p>`}
    ${card.fields.length > 0 && html`<dl>${card.fields.map(({ name, value }) => html`<div><dt>${name}</dt><dd dir="auto">${value}</dd></div>`)}</dl>`}
  </section>`;
}

/**
 * @param {import("../hooks.js").Site} site
 * @param {string} name
 * @returns {Promise<Card>}
 */
async function cardOf(site, name) {
  try {
    const { Headline = "", ProfileFields = [] } = await askSite(site, "profile", { Username: name });
    const fields = ProfileFields.map((/** @type {Record<string, unknown>} */ field) => ({ name: String(field.Name), value: String(field.Value) }));
    return { headline: String(Headline), fields, problem: "" };
  } catch (problem) {
    return { headline: "", fields: [], problem: (problem instanceof TypeError ? "" : /** @type {Error} */ (problem).message) || t("profile.failed") };
  }
}
