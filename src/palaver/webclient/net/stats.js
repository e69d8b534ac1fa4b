// @ts-check
/**
 * Turns the browser's report on a peer connection into a few figures.
 * @module
 */

/** @typedef {import("../state/types.js").PeerStats} PeerStats */
/** @typedef {{ at: number, received: number, sent: number, packets: number, lost: number }} Totals */

export class Figures {
  /** @type {Totals | null} */
  #before = null;

  /**
   * @param {Iterable<any>} entries of an `RTCStatsReport`
   * @param {number} now milliseconds
   * @returns {PeerStats}
   */
  read(entries, now) {
    const all = [...entries];
    const inbound = all.filter((entry) => entry.type === "inbound-rtp");
    const totals = {
      at: now,
      received: sum(inbound, "bytesReceived"),
      sent: sum(all.filter((entry) => entry.type === "outbound-rtp"), "bytesSent"),
      packets: sum(inbound, "packetsReceived"),
      lost: sum(inbound, "packetsLost"),
    };
    const since = this.#before ?? { ...totals, at: now };
    this.#before = totals;
    return { ...rates(totals, since), ...picture(inbound), roundTripMs: roundTrip(all) };
  }
}

/**
 * @param {Totals} now
 * @param {Totals} since
 */
function rates(now, since) {
  const seconds = Math.max((now.at - since.at) / 1000, 0.001);
  const expected = now.packets - since.packets + now.lost - since.lost;
  return {
    receivedBps: Math.round(((now.received - since.received) * 8) / seconds),
    sentBps: Math.round(((now.sent - since.sent) * 8) / seconds),
    lostShare: expected > 0 ? Math.min(1, Math.max(0, (now.lost - since.lost) / expected)) : 0,
  };
}

/** @param {any[]} inbound */
function picture(inbound) {
  const videos = inbound.filter((entry) => entry.kind === "video");
  // A screen that is no longer shared keeps the size of its last frame.
  const moving = videos.filter((entry) => entry.framesPerSecond > 0);
  const largest = moving.reduce((best, entry) => ((entry.frameHeight ?? 0) > (best.frameHeight ?? 0) ? entry : best), {});
  return {
    framesDecoded: sum(videos, "framesDecoded"),
    framesPerSecond: largest.framesPerSecond ?? 0,
    frameWidth: largest.frameWidth ?? 0,
    frameHeight: largest.frameHeight ?? 0,
  };
}

/** @param {any[]} entries */
function roundTrip(entries) {
  const pair = entries.find((entry) => entry.type === "candidate-pair" && entry.nominated && entry.state === "succeeded");
  return Math.round((pair?.currentRoundTripTime ?? 0) * 1000);
}

/**
 * @param {any[]} entries
 * @param {string} field
 * @returns {number}
 */
function sum(entries, field) {
  return entries.reduce((total, entry) => total + (entry[field] ?? 0), 0);
}
