// @ts-check
/** @module Says that the connection is lost, and when it will be tried again. */
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useActions, useNow, useSelect } from "../hooks.js";
import { Icon } from "../parts/icon.js";

/** @param {{ arriving?: boolean }} props `arriving`: there was no connection yet */
export function Banner({ arriving = false }) {
  const { retryNow } = useActions();
  const { phase, retryAt, reason } = useSelect((state) => state.connection);
  const lost = phase === "lost" && reason !== "reloading";
  const now = useNow(lost && retryAt ? 250 : 0);
  const seconds = Math.max(0, Math.ceil((retryAt - now) / 1000));
  const waiting = retryAt > 0 && seconds > 0;
  return html`<div role="status" aria-label=${t("banner.label")} class="banner-place">
    ${lost &&
    html`<div class="banner">
      <${Icon} name="offline" />
      <strong>${navigator.onLine ? t(arriving ? "banner.unreachable" : "banner.lost") : t("banner.offline")}</strong>
      <span aria-hidden=${waiting}>${waiting ? t("banner.countdown", { count: seconds }) : t("banner.trying")}</span>
      ${waiting ? html`<button type="button" class="button small" onClick=${retryNow}><${Icon} name="refresh" />${t("banner.retry")}</button>` : html`<span class="spinner"></span>`}
    </div>`}
  </div>`;
}
