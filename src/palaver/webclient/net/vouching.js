// @ts-check
/**
 * The site's word for a user, renewed before it ends: a server that was restarted asks for it again, and a page that has been
 * open for hours would have none that holds.
 * @module
 */

const RENEW_AT = 0.6;
const TRY_AGAIN_MS = 30_000;

/**
 * @param {import("./context.js").Context} context
 * @returns {() => void} stops it
 */
export function keepVouched({ store, connection, clock }) {
  /** @type {any} */
  let timer = null;
  const stop = () => clock.clearTimeout(timer);
  /** @param {number} ms */
  const renewIn = (ms) => {
    stop();
    timer = clock.setTimeout(() => {
      renewIn(TRY_AGAIN_MS);
      connection.ask({ type: "renew_token" }).catch(() => undefined);
    }, ms);
  };
  connection.onStatus.add(({ phase }) => {
    if (phase === "ended") stop();
  });
  connection.onReady.add(() => {
    if (store.get().me?.user) renewIn(0);
  });
  connection.onOutcome.add((_ask, outcome) => {
    if (outcome.type !== "token_renewed") return;
    stop();
    if (!outcome.token) return;
    connection.vouch(outcome.token);
    // Not by the hour at which it ends: this machine's clock may be wrong.
    renewIn(Math.max(outcome.lasts_s * RENEW_AT * 1000, 1000));
  });
  return stop;
}
