// @ts-check
/**
 * What one's camera may cost on its way to others. Each of them is sent a copy of their own, encoded anew, so that the
 * more receive it, the smaller the picture is.
 * @module
 */

import { Listeners } from "./listeners.js";

/** @typedef {import("./sending.js").Slot} Slot */
/** @typedef {import("./sending.js").Sent} Sent */
/** @typedef {import("./sending.js").Limits} Limits */
/** @typedef {import("./link.js").Link} Link */

/** For all copies together, in bits a second: what an ordinary line at home can send. */
const ALL_COPIES = 3_000_000;
/** For each: enough for 480p, and what a face needs. */
const MOST = 1_200_000;
const LEAST = 150_000;

/** Up to so many receivers: how often a picture goes out in a second at most, and by how much smaller than 480p. */
const STEPS = [
  { receivers: 3, maxFramerate: 30, scaleResolutionDownBy: 1 },
  { receivers: 6, maxFramerate: 24, scaleResolutionDownBy: 4 / 3 },
  { receivers: Infinity, maxFramerate: 15, scaleResolutionDownBy: 2 },
];

/**
 * @param {number} receivers
 * @returns {Limits} of each copy
 */
export function cameraLimits(receivers) {
  const { maxFramerate, scaleResolutionDownBy } = STEPS.find((step) => receivers <= step.receivers) ?? STEPS[0];
  const maxBitrate = Math.round(Math.min(MOST, Math.max(LEAST, ALL_COPIES / Math.max(receivers, 1))));
  return { maxBitrate, maxFramerate, scaleResolutionDownBy };
}

export class Uplink {
  /** What is to be sent changed, or what it may cost. @type {Listeners<[]>} */
  onSent = new Listeners();

  #media;
  /** @type {Set<Link>} */
  #links = new Set();
  #limits = cameraLimits(0);

  /** @param {import("./media.js").Media} media */
  constructor(media) {
    this.#media = media;
    media.onTracks.add(() => this.onSent.tell());
  }

  /** @returns {Partial<Record<Slot, Sent>>} what a peer is to be sent */
  sent() {
    const { camera, ...others } = this.#media.sent();
    return camera ? { ...others, camera: { ...camera, limits: this.#limits } } : others;
  }

  /** @param {Link} link over which the camera goes out from now on */
  add(link) {
    this.#links.add(link);
    this.#share();
  }

  /** @param {Link | undefined} link that ended */
  remove(link) {
    if (link && this.#links.delete(link)) this.#share();
  }

  #share() {
    this.#limits = cameraLimits(this.#links.size);
    this.onSent.tell();
  }
}
