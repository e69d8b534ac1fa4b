// @ts-check
/** @module Shows the client's notices as toasts, each once, and says when a lost connection is back. */
import { fold, shownName } from "../../state/keys.js";
import { refusalText, t } from "../../texts/index.js";

/** News, not harm. */
const PLAIN = new Set(["call_ended", "call_missed", "messages_missing", "said", "operator_changed", "opened_anyway", "restart_announced"]);

/** To be read even by somebody who was away. */
const STAYS = new Set(["report_filed", "call_missed"]);
/** Why a direct call is over, as the other side may say in any word. @type {Map<string, import("../../texts/index.js").Key>} */
const OVER = new Map([["reject", "ring.rejected"], ["busy", "ring.busy"], ["pickuptimeout", "ring.unanswered"], ["left", "ring.left"], ["failed", "ring.failed"]]);

/** @param {import("../hooks.js").World} world */
export function watchNotices({ client, ui }) {
  let shown = 0;
  let lost = false;
  client.store.subscribe((state, before) => {
    const { phase, reason } = state.connection;
    if (lost && phase === "open") ui.toast(t("banner.back"), "good");
    lost = (phase === "lost" && reason !== "reloading") || (lost && phase === "connecting");
    for (const room of Object.values(state.rooms)) {
      if (room.phase === "joined" && before.rooms[room.id]?.phase !== "joined") tellNewName({ client, ui }, room);
      const text = before.rooms[room.id]?.phase === "joined" && room.id !== ui.get().room ? goneText(room) : "";
      if (text) ui.toast(text, "bad");
    }
    const fresh = state.notices.filter((notice) => notice.id > shown);
    if (!fresh.length) return;
    shown = Math.max(shown, ...fresh.map((notice) => notice.id));
    for (const notice of fresh) {
      const hasTile = notice.kind === "viewer_turned_away" && state.cameras.watching[notice.person?.session ?? ""];
      if (hasTile) ui.announce(wordsOf(notice));
      else ui.toast(wordsOf(notice), PLAIN.has(notice.kind) ? "plain" : "bad", { stays: STAYS.has(notice.kind) });
      queueMicrotask(() => client.actions.dismissNotice(notice.id));
    }
  });
}

/**
 * Somebody else has one's name in this room: the server found another one.
 * @param {Pick<import("../hooks.js").World, "client" | "ui">} world
 * @param {import("../../state/types.js").RoomState} room
 */
function tellNewName({ client, ui }, { participants, you }) {
  const name = client.store.get().me?.name ?? "";
  const seat = participants[you];
  if (seat && name && !seat.display_name && fold(seat.handle) !== fold(name)) ui.toast(t("notice.renamed", { name, handle: seat.handle }));
}

/**
 * @param {import("../../state/types.js").RoomState} room not the one on view, which says it in its own place
 * @returns {string}
 */
function goneText({ id, info, phase, reason }) {
  if (phase !== "left") return "";
  if (reason === "kicked" || reason === "banned") return t("notice.removed", { room: info.title || id });
  return reason === "closed" ? t("notice.closed", { room: info.title || id }) : "";
}

/**
 * @param {import("../../state/types.js").Notice} notice
 * @returns {string}
 */
function wordsOf({ kind, person, report, refusal, text, on }) {
  const name = person ? shownName(person) : "";
  if (kind === "camera_stopped") return t("notice.camera_stopped", { name });
  if (kind === "viewer_turned_away") return t("notice.turned_away", { name });
  if (kind === "call_missed") return t("ring.missed", { name });
  if (kind === "call_ended") return t(OVER.get(text) ?? "ring.over", { name });
  if (kind === "said") return text;
  if (kind === "camera_marked") return text || (person ? t("notice.marked_by", { name }) : t("notice.marked"));
  if (kind === "operator_changed") return on ? t("notice.operator_on") : t("notice.operator_off");
  if (kind === "opened_anyway") return t("notice.opened_anyway", { name });
  if (kind === "restart_announced") return t("notice.restart");
  if (kind === "report_forwarded") return t("notice.report_later", { problem: text });
  if (kind === "messages_missing") return t("notice.missing");
  if (kind === "report_filed" && report) {
    const { about, reason, comment, excerpt } = report;
    const words = [t("notice.report", { name: shownName(report.by), about, reason }), comment, excerpt && t("notice.excerpt", { text: excerpt.slice(0, 200) })];
    return words.filter(Boolean).join("\n");
  }
  return refusalText(refusal);
}
