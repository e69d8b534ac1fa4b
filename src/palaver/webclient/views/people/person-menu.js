// @ts-check
/** @module Everything that may be done about somebody else, as the items of a menu. */
import { shownName } from "../../state/keys.js";
import { t } from "../../texts/index.js";
import { useAttempt, useSeat, useSelect, useSite, useWorld } from "../hooks.js";
import { useWatch } from "../video/watch.js";
import { useContact } from "./contacts.js";
import { mayLowerHand } from "./hands.js";
import { useReach } from "./reach.js";
import { mayReport } from "./reporting.js";
import { isIn, mayActOn } from "./relations.js";

/** @typedef {import("../../net/wire.js").Participant} Participant */

/**
 * @param {Participant} person
 * @param {string} room
 * @returns {() => import("../parts/menu.js").Item[]}
 */
export function usePersonMenu(person, room) {
  const world = useWorld();
  const attempt = useAttempt();
  const watch = useWatch();
  const reach = useReach(person);
  const contact = useContact(person);
  const seat = useSeat();
  const { features } = useSite();
  const markable = features.includes("explicit") && person.media.camera && !person.media.rules.explicit;
  const relations = useSelect((state) => state.relations);
  const watched = useSelect((state) => !!state.cameras.watching[person.session]);
  const inCall = useSelect((state) => !!state.call.peers[person.session]);
  const sending = useSelect((state) => state.media.camera);
  const { client, ui } = world;
  const { actions } = client;
  const { session, handle } = person;
  const name = shownName(person);
  const names = [handle];
  const ignored = isIn(relations.ignores, person);
  const blocked = isIn(relations.blocks, person);
  const away = isIn(relations.turned_away, person);

  const change = async (/** @type {Promise<void>} */ asked, /** @type {string} */ note) => {
    const done = await attempt(asked.then(() => true));
    if (note && done) ui.toast(note);
  };
  return () => [
    { label: t("person.profile"), icon: "person", onPick: () => ui.set({ dialog: { kind: "profile", session } }) },
    { label: reach.label, icon: "chat", unavailable: reach.unwanted, onPick: reach.open },
    person.media.camera && !inCall && {
      label: watched ? t("person.unwatch", { name }) : t("person.watch", { name }),
      icon: watched ? "eyeOff" : "eye",
      onPick: () => (watched ? actions.closeCamera(session) : watch(session)),
    },
    mayLowerHand(seat, person) && { label: t("hand.lower"), icon: "hand", onPick: () => change(actions.lowerHand(room, session), "") },
    !inCall && client.calls.supported && { label: t("person.call", { name }), icon: "phone", onPick: () => attempt(actions.callDirect(session)) },
    { label: contact.kept ? t("contact.drop") : t("contact.keep"), icon: "star", onPick: contact.toggle },
    "line",
    {
      label: ignored ? t("person.unignore") : t("person.ignore"),
      icon: "speakerOff",
      onPick: () => change(actions.ignore(room, names, !ignored), ignored ? "" : t("person.ignored_note", { name })),
    },
    {
      label: blocked ? t("person.unblock") : t("person.block"),
      icon: "ban",
      onPick: () => change(actions.block(room, names, !blocked), blocked ? "" : t("person.blocked_note", { name })),
    },
    {
      label: away ? t("person.invite") : t("person.turn_away"),
      icon: away ? "eye" : "eyeOff",
      onPick: () => change(actions.turnAway(room, names, !away), away ? "" : t("person.turned_away_note", { name })),
    },
    sending && !away && { label: t("person.invite"), icon: "eye", onPick: () => change(actions.inviteToWatch(room, names), "") },
    markable && {
      label: t("person.suggest_explicit"),
      icon: "alert",
      onPick: () => change(actions.suggestExplicit(room, session), t("person.suggested_explicit", { name })),
    },
    mayReport(world, session) && { label: t("person.report"), icon: "flag", onPick: () => ui.set({ dialog: { kind: "report", about: handle } }) },
    seat?.operator && person.operator && { label: t("person.unmake_operator"), icon: "star", onPick: () => change(actions.setOperator(room, session, false), "") },
    ...(mayActOn(seat, person) ? moderation() : []),
  ];

  /** @returns {import("../parts/menu.js").Item[]} */
  function moderation() {
    const moderator = person.role === "moderator";
    return [
      "line",
      person.media.camera && { label: t("person.stop_camera"), icon: "cameraOff", onPick: () => change(actions.stopCamera(room, session), "") },
      markable && { label: t("person.mark_explicit"), icon: "alert", onPick: () => change(actions.markExplicit(room, session), t("person.marked_explicit", { name })) },
      person.in_call && person.media.microphone && {
        label: t("person.ask_mute"),
        icon: "micOff",
        onPick: () => change(actions.requestMute(room, session), t("person.asked_mute", { name })),
      },
      { label: t("person.rename"), icon: "edit", onPick: () => ui.set({ dialog: { kind: "rename", session, name } }) },
      seat?.role === "host" && {
        label: moderator ? t("person.unmake_moderator") : t("person.make_moderator"),
        icon: "shield",
        onPick: () => change(actions.setRole(room, session, moderator ? "member" : "moderator"), ""),
      },
      seat?.role === "host" && { label: t("person.make_host"), icon: "crown", onPick: () => change(actions.transferHost(room, session), "") },
      seat?.operator && { label: t("person.make_operator"), icon: "star", onPick: () => change(actions.setOperator(room, session, true), t("person.made_operator", { name })) },
      { label: t("person.kick"), icon: "door", danger: true, onPick: () => ui.set({ dialog: { kind: "kick", session, name } }) },
      { label: t("person.ban"), icon: "ban", danger: true, onPick: () => ui.set({ dialog: { kind: "ban", session, name } }) },
    ];
  }
}
