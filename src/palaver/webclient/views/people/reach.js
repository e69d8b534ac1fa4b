// @ts-check
/** @module Writing to somebody alone, who may not want it. */
import { useCallback } from "preact/hooks";
import { directKey, shownName } from "../../state/keys.js";
import { t } from "../../texts/index.js";
import { useSeat, useSelect, useWorld } from "../hooks.js";
import { showDirect } from "../threads.js";

/** @typedef {import("../../net/wire.js").Participant} Participant */

/**
 * @param {Participant} person
 * @returns {{ open: () => void, label: string, unwanted: boolean }} `unwanted`: they ask for no unsolicited messages, and opening only says so
 */
export function useReach(person) {
  const world = useWorld();
  const seat = useSeat();
  const known = useSelect((state) => !!state.threads[directKey(person)]);
  const unwanted = person.dnd && !known && !seat?.operator;
  const name = shownName(person);
  const label = unwanted ? t("person.unwanted", { name }) : t("person.message", { name });
  const open = useCallback(() => {
    if (unwanted) world.ui.toast(label);
    else showDirect(world, person.session);
  }, [world, unwanted, label, person.session]);
  return { open, label, unwanted };
}
