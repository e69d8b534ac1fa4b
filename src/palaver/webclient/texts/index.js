// @ts-check
/**
 * Turns the key of a text into words in the reader's language. Views hold keys only.
 *
 * A text is a string with `{names}` in it, or its plural forms (`one`, `other` …), chosen by the parameter `count`.
 * To translate: copy `en.js`, keep the keys, and pass the copy to `setTexts`.
 * @module
 */
import { en } from "./en.js";

/** @typedef {keyof typeof en} Key */
/** @typedef {Record<string, string | number>} Params */

/** @type {Record<string, string | Record<string, string>>} */
let catalogue = en;
let language = "en";
let plurals = new Intl.PluralRules(language);

/**
 * @param {typeof en} texts
 * @param {string} tag BCP 47
 */
export function setTexts(texts, tag) {
  catalogue = texts;
  language = tag;
  plurals = new Intl.PluralRules(tag);
}

/**
 * @param {Key} key
 * @param {Params} [params]
 * @returns {string}
 */
export function t(key, params = {}) {
  const entry = catalogue[key] ?? key;
  const text = typeof entry === "string" ? entry : (entry[plurals.select(Number(params.count ?? 0))] ?? entry.other);
  return text.replace(/\{(\w+)\}/g, (_, name) => String(params[name] ?? ""));
}

/**
 * @param {string} prefix
 * @param {string} word
 * @returns {string} the text `prefix.word`, or the word itself where there is none
 */
export function tWord(prefix, word) {
  const key = `${prefix}.${word}`;
  return key in catalogue ? t(/** @type {Key} */ (key)) : word;
}

/**
 * @param {import("../state/types.js").MediaProblems} problems
 * @param {string} [agent] which browser it is, as it calls itself
 * @returns {string} why things could not be turned on, and what to do about it; empty where nothing was in the way
 */
export function problemText({ microphone, camera, screen }, agent = globalThis.navigator?.userAgent) {
  const both = microphone && microphone === camera ? { both: camera } : { microphone, camera };
  const sentences = Object.entries({ ...both, screen }).map(([what, problem]) => (problem ? sentenceOf(problem, what) : ""));
  if ([microphone, camera].includes("permission_denied")) sentences.push(t(`allow.${browserOf(agent)}`));
  return [...new Set(sentences)].filter(Boolean).join(" ");
}

/**
 * @param {import("../state/types.js").MediaProblem} problem
 * @param {string} what
 * @returns {string}
 */
function sentenceOf(problem, what) {
  const key = `problem.${problem}.${what}`;
  return key in catalogue ? t(/** @type {Key} */ (key)) : tWord("problem", problem);
}

/** How browsers call themselves, those first whose words others repeat. @type {[RegExp, "firefox" | "ios" | "android" | "chromium" | "safari"][]} */
const BROWSERS = [
  [/iPhone|iPad|\bCriOS\b|\bFxiOS\b/, "ios"],
  [/Firefox\//, "firefox"],
  [/Android/, "android"],
  [/Chrom(e|ium)\//, "chromium"],
  [/Safari\//, "safari"],
];

/** @param {string} [agent] */
const browserOf = (agent = "") => BROWSERS.find(([sign]) => sign.test(agent))?.[1] ?? "other";

/**
 * @param {{ code?: string, text?: string, params?: Params } | null | undefined} refusal
 * @returns {string} why the answer is no
 */
export function refusalText(refusal) {
  const key = `refusal.${refusal?.code}`;
  if (key in catalogue) return t(/** @type {Key} */ (key), { ...refusal?.params, ...inWords(refusal?.code ?? "", refusal?.params) });
  return refusal?.text || t("refusal.unknown");
}

/** Where `why` is the word for a sentence. @type {Record<string, { name: string, prefix: string }>} */
const TOLD = {
  bad_name: { name: "problem", prefix: "name" },
  bad_text: { name: "problem", prefix: "name" },
  camera_closed: { name: "reason", prefix: "closed" },
};

/**
 * Parameters that the server gives as figures, or as a word beside a sentence of its own, as people read them here.
 * @param {string} code
 * @param {Params} [params]
 * @returns {Params}
 */
function inWords(code, params = {}) {
  /** @type {Params} */
  const words = {};
  const told = TOLD[code];
  const key = told && `${told.prefix}.${params.why}`;
  if (told && key in catalogue) words[told.name] = t(/** @type {Key} */ (key));
  if (typeof params.until_ms === "number" && params.until_ms > 0) words.until = fullTime(params.until_ms);
  // What somebody wrote keeps its direction to itself (Unicode Bidirectional Algorithm, isolates).
  if (params.reason) words.because = t("refusal.because", { reason: `\u2068${params.reason}\u2069` });
  return words;
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {number} ms
 * @param {Intl.DateTimeFormatOptions} options
 * @returns {string}
 */
function formatted(ms, options) {
  const key = JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(habits(), options);
    formats.set(key, format);
  }
  return format.format(ms);
}

/** @returns {string} the language whose dates and times the reader is used to */
function habits() {
  try {
    return Intl.getCanonicalLocales(globalThis.navigator?.language ?? [])[0] ?? language;
  } catch {
    return language; // WebKit says "C" where the system has no language
  }
}

/** @param {number} ms */
export const clockTime = (ms) => formatted(ms, { hour: "numeric", minute: "2-digit" });
/** @param {number} ms */
export const fullTime = (ms) => formatted(ms, { dateStyle: "full", timeStyle: "short" });

/**
 * @param {number} ms
 * @param {number} now
 * @returns {string} the day as people say it
 */
export function dayName(ms, now) {
  const day = new Date(ms).toDateString();
  if (day === new Date(now).toDateString()) return t("day.today");
  if (day === new Date(now - 86_400_000).toDateString()) return t("day.yesterday");
  return formatted(ms, { weekday: "long", day: "numeric", month: "long" });
}

/** @param {number} bytes */
export function byteSize(bytes) {
  const mega = bytes / 1_048_576;
  return mega >= 1 ? t("size.mb", { size: mega.toFixed(1) }) : t("size.kb", { size: Math.max(1, Math.round(bytes / 1024)) });
}

/** @param {string[]} names */
export function nameList(names) {
  return new Intl.ListFormat(language, { type: "conjunction" }).format(names);
}
