// @ts-check
/** @module A place on Earth as a message: its figures, as a link to a map that is opened by whoever wants to. */

/**
 * @param {{ latitude: number, longitude: number }} found degrees
 * @param {boolean} rough two decimals, about a kilometre, instead of five, about a metre
 * @param {string} name what the link is called before the figures
 * @returns {string} Markdown
 */
export function placeText({ latitude, longitude }, rough, name) {
  const digits = rough ? 2 : 5;
  const [north, east] = [latitude.toFixed(digits), longitude.toFixed(digits)];
  const map = `https://www.openstreetmap.org/?mlat=${north}&mlon=${east}#map=${rough ? 12 : 16}/${north}/${east}`;
  return `📍 ${name} [${north}, ${east}](${map})`.replace("  ", " ");
}
