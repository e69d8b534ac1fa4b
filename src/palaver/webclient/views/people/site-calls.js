// @ts-check
/** @module The calls that a signed-in user makes with the site's token: what the site says of somebody, and what was said directly. */

/**
 * @param {import("../hooks.js").Site} site
 * @param {"profile" | "message/usernames" | "message/clear"} call
 * @param {Record<string, unknown>} [words]
 * @returns {Promise<Record<string, any>>} the answer. Rejected where there is none, or one that says no
 */
export async function askSite({ root, token }, call, words = {}) {
  const answer = await fetch(`${root}/api/${call}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ JWTToken: token, ...words }),
  });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.Error ? String(found.Error) : "");
  return found;
}
