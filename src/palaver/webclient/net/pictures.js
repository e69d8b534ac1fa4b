// @ts-check
/**
 * Pictures on their way to the server, with how far each has come.
 * @module
 */

import { without } from "../state/room.js";
import { AskRefused, refusedHere } from "./protocol.js";
import { picturesUrl, upload } from "./uploads.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./api.js").Actions} Actions */

/**
 * @param {Context} context
 * @param {string} url of the WebSocket
 * @returns {Pick<Actions, "uploadPicture" | "dismissUpload">}
 */
export function pictureActions({ store, connection, platform }, url) {
  /** @type {Map<string, () => void>} */
  const cancels = new Map();
  let count = 0;

  /**
   * @param {string} id
   * @param {Partial<import("../state/types.js").Upload>} change
   */
  const note = (id, change) =>
    store.update((state) => {
      const known = state.uploads[id];
      return known ? { ...state, uploads: { ...state.uploads, [id]: { ...known, ...change } } } : state;
    });

  return {
    async uploadPicture(file, onProgress = () => undefined) {
      const { XMLHttpRequest } = platform;
      if (!XMLHttpRequest || !connection.resumeToken) throw refusedHere("not_connected");
      const id = String((count += 1));
      const began = { id, name: file.name ?? "", sent: 0, total: file.size, phase: /** @type {const} */ ("sending"), problem: "" };
      store.update((state) => ({ ...state, uploads: { ...state.uploads, [id]: began } }));
      const { done, cancel } = upload({
        XMLHttpRequest,
        url: picturesUrl(url),
        token: connection.resumeToken,
        file,
        onProgress: (sent, total) => {
          note(id, { sent, total });
          onProgress(sent, total);
        },
      });
      cancels.set(id, cancel);
      try {
        const attachment = await done;
        note(id, { phase: "done", sent: file.size });
        return attachment;
      } catch (error) {
        note(id, { phase: "failed", problem: error instanceof AskRefused ? error.code : "connection_lost" });
        throw error;
      } finally {
        cancels.delete(id);
      }
    },
    dismissUpload(id) {
      cancels.get(id)?.();
      store.update((state) => ({ ...state, uploads: without(state.uploads, id) }));
    },
  };
}
