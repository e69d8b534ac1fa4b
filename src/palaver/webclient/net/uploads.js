// @ts-check
/**
 * Sends a picture by HTTP, with progress, and returns what a message needs to point to it.
 * @module
 */

import { AskRefused, refusedHere } from "./protocol.js";

/** @typedef {import("./wire.js").Attachment} Attachment */

/**
 * @param {object} how
 * @param {new () => XMLHttpRequest} how.XMLHttpRequest
 * @param {string} how.url of `POST /v1/pictures`
 * @param {string} how.token the resume token of the session
 * @param {Blob & { name?: string }} how.file
 * @param {(sent: number, total: number) => void} how.onProgress
 * @returns {{ done: Promise<Attachment>, cancel: () => void }}
 */
export function upload({ XMLHttpRequest, url, token, file, onProgress }) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.open("POST", url);
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.onprogress = (event) => onProgress(event.loaded, event.lengthComputable ? event.total : file.size);
    request.onerror = request.ontimeout = () => reject(refusedHere("connection_lost"));
    request.onabort = () => reject(refusedHere("cancelled"));
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300 && body.url) resolve(attachmentOf(body, file));
      else reject(refusalOf(request.status, body));
    };
    request.send(file);
  });
  return { done, cancel: () => request.abort() };
}

/**
 * Where pictures are sent to, for a WebSocket's address.
 * @param {string} socketUrl
 * @returns {string}
 */
export const picturesUrl = (socketUrl) => addressOf("/v1/pictures", socketUrl);

/**
 * The whole address of what a message points to: a picture's is one on the server, below where that is mounted.
 * @param {string} url
 * @param {string} socketUrl
 * @returns {string}
 */
export function addressOf(url, socketUrl) {
  if (!url.startsWith("/") || url.startsWith("//")) return url;
  const server = new URL(socketUrl);
  server.protocol = server.protocol === "wss:" ? "https:" : "http:";
  return server.origin + server.pathname.replace(/\/(native\/)?ws$/, "") + url;
}

/**
 * @param {Record<string, any>} body
 * @param {Blob & { name?: string }} file
 * @returns {Attachment}
 */
function attachmentOf(body, file) {
  const { url, mime = file.type, bytes = file.size, width = 0, height = 0 } = body;
  return { url, mime, name: file.name ?? "", bytes, width, height };
}

/**
 * @param {number} status
 * @param {Record<string, any>} problem as in RFC 9457, with our code in `code`
 * @returns {AskRefused}
 */
function refusalOf(status, problem) {
  const code = problem.code ?? (status === 413 ? "too_large" : status === 401 ? "not_identified" : "unavailable");
  return new AskRefused({ code, text: problem.detail ?? problem.title ?? "", params: problem.params ?? {} });
}

/**
 * @param {string} text
 * @returns {Record<string, any>}
 */
function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
