// @ts-check
/** @module Whether somebody looks at the page, and its title and sign in the tab, which tell what is unread, who waits and who calls. */
import { shownName } from "../../state/keys.js";
import { t } from "../../texts/index.js";
import { urgentIn } from "../quiet.js";
import { threadName } from "../threads.js";

/** @param {import("../hooks.js").World} world */
export function watchAttention({ client, ui, site }) {
  let attending = /** @type {boolean | null} */ (null);
  const look = () => {
    const now = document.visibilityState === "visible" && document.hasFocus() && ui.get().reading;
    if (now === attending) return;
    attending = now;
    client.actions.setAttending(now);
  };
  for (const name of ["visibilitychange", "focus", "blur"]) {
    (name === "visibilitychange" ? document : window).addEventListener(name, look);
  }
  ui.subscribe(look);
  look();

  const title = () => {
    const state = client.store.get();
    const thread = state.threads[state.openThread];
    const count = Object.values(state.threads).reduce((sum, each) => sum + (each.kind === "direct" ? urgentIn(state, each) : each.mentions), 0);
    const any = Object.values(state.threads).some((each) => urgentIn(state, each) > 0) || Object.values(state.rooms).some(({ waiting }) => Object.keys(waiting).length > 0);
    const mark = count ? `(${count}) ` : any ? "• " : "";
    const [ring] = state.rings;
    const place = ring ? t("ring.of", { name: shownName(ring) }) : thread && threadName(state, thread);
    const text = mark + [place, site.title].filter(Boolean).join(" – ");
    if (document.title !== text) document.title = text;
    const icon = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[rel=icon]"));
    const sign = icon?.href.replace(/icon(-unread)?\.svg$/, count || ring ? "icon-unread.svg" : "icon.svg");
    if (icon && sign && icon.href !== sign) icon.href = sign;
  };
  title();
  client.store.subscribe(title);
}
