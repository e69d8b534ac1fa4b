// @ts-check
/**
 * Pictures on their way to the server, with how far each has come.
 * @module
 */

import { without } from "../state/room.js";
import { refusedHere } from "./protocol.js";
import { picturesUrl, upload } from "./uploads.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./api.js").Actions} Actions */

/**
 * @param {Context} context
 * @param {string} url of the WebSocket
 * @returns {Pick<Actions, "uploadPicture">}
 */
export function pictureActions({ store, connection, platform }, url) {
  let count = 0;
  return {
    async uploadPicture(file, onProgress = () => undefined, signal = undefined) {
      const { XMLHttpRequest } = platform;
      if (signal?.aborted) throw refusedHere("cancelled");
      if (!XMLHttpRequest || !connection.resumeToken) throw refusedHere("not_connected");
      const id = String((count += 1));
      const note = (/** @type {number} */ sent, /** @type {number} */ total) =>
        store.update((state) => ({ ...state, uploads: { ...state.uploads, [id]: { id, name: file.name ?? "", sent, total } } }));
      note(0, file.size);
      const { done, cancel } = upload({
        XMLHttpRequest,
        url: picturesUrl(url),
        token: connection.resumeToken,
        file,
        onProgress: (sent, total) => {
          note(sent, total);
          onProgress(sent, total);
        },
      });
      signal?.addEventListener("abort", cancel);
      try {
        return await done;
      } finally {
        signal?.removeEventListener("abort", cancel);
        store.update((state) => ({ ...state, uploads: without(state.uploads, id) }));
      }
    },
  };
}
