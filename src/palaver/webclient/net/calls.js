// @ts-check
/**
 * What of calls is not plain data: streams, how loud they are, figures, and what this browser can do.
 * @module
 */

/**
 * @param {import("./api.js").Platform} platform
 * @param {Pick<import("./client.js").Parts, "streams" | "levels" | "media" | "mesh" | "direct" | "cameras">} parts
 * @returns {import("./api.js").Calls}
 */
export function callsOf(platform, { streams, levels, media, mesh, direct, cameras }) {
  return {
    stream: (id) => streams.get(id),
    level: (id, listener) => levels.listen(streams.get(id), listener),
    overhear(listener) {
      const track = media.sent().microphone?.track?.clone();
      if (!track) return () => undefined;
      track.enabled = true;
      const stop = levels.listen(platform.newStream([track]), listener);
      return () => {
        stop();
        track.stop();
      };
    },
    stats: async (session) => (await (mesh.link(session) ?? direct.link(session) ?? cameras.link(session))?.stats()) ?? null,
    supported: Boolean(platform.RTCPeerConnection),
    screenSupported: Boolean(platform.mediaDevices && "getDisplayMedia" in platform.mediaDevices),
  };
}
