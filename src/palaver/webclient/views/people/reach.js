// @ts-check
/** @module Writing to somebody alone, who may not want it. */
import { directKey, shownName } from "../../state/keys.js";
import { t } from "../../texts/index.js";
import { useSeat, useSelect, useWorld } from "../hooks.js";
import { showDirect } from "../threads.js";

/** @typedef {import("../../net/wire.js").Participant} Participant */
/** @typedef {{ open: () => void, label: string, unwanted: boolean }} Reach `unwanted`: they ask for no unsolicited messages, and opening only says so */

/**
 * @param {Participant} person
 * @param {boolean} known there is a conversation with them
 * @param {boolean} operator one runs the site
 */
export const isUnwanted = (person, known, operator) => person.dnd && !known && !operator;

/**
 * @param {import("../hooks.js").World} world
 * @param {Participant} person
 * @param {boolean} unwanted
 * @returns {Reach}
 */
export function reachOf(world, person, unwanted) {
  const name = shownName(person);
  const label = unwanted ? t("person.unwanted", { name }) : t("person.message", { name });
  const open = () => {
    if (unwanted) world.ui.toast(label);
    else showDirect(world, person.session);
  };
  return { open, label, unwanted };
}

/**
 * @param {Participant} person
 * @returns {Reach}
 */
export function useReach(person) {
  const seat = useSeat();
  const known = useSelect((state) => !!state.threads[directKey(person)]);
  return reachOf(useWorld(), person, isUnwanted(person, known, seat?.operator ?? false));
}
