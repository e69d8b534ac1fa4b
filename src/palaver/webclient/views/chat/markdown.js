// @ts-check
/**
 * Markdown as vnodes. The lexer gives tokens, we give elements; no markup is ever written as text, so a message can only
 * become what stands in this file. HTML in a message stays the letters it is made of.
 * @module
 */
import { lexer } from "marked";
import { html } from "../html.js";
import { CodeBlock } from "./code-block.js";

/** @typedef {import("marked").Token} Token */
/** @typedef {{ handles: Set<string>, me: string }} Names */

const MAX_DEPTH = 12;
const MAX_MARKED = 6000;
const KEPT = 400;
/** @type {Map<string, Token[]>} */
const lexed = new Map();

/**
 * @param {string} text
 * @returns {Token[]}
 */
function tokensOf(text) {
  let tokens = lexed.get(text);
  if (!tokens) {
    const asWritten = /** @type {Token[]} */ ([{ type: "as-written", raw: text, text }]);
    try {
      // Some markup takes the square of its length to read, which a hostile message could use against its readers.
      tokens = text.length > MAX_MARKED ? asWritten : lexer(text, { gfm: true, breaks: true });
    } catch {
      tokens = asWritten; // nested too deep to be read
    }
    if (lexed.size >= KEPT) lexed.delete(/** @type {string} */ (lexed.keys().next().value));
    lexed.set(text, tokens);
  }
  return tokens;
}

/**
 * @param {string} text Markdown
 * @returns {string} its words in one line, without the marks
 */
export function plainText(text) {
  return tokensOf(text).map(wordsOf).join(" ").replace(/\s+/g, " ").trim();
}

/**
 * @param {string} text Markdown
 * @returns {string[]} where its links lead
 */
export function linksIn(text) {
  /** @type {string[]} */
  const found = [];
  const look = (/** @type {any} */ token, depth = 0) => {
    if (token.type === "link") found.push(token.href);
    if (depth < MAX_DEPTH) for (const inside of token.tokens ?? token.items ?? []) look(inside, depth + 1);
  };
  for (const token of tokensOf(text)) look(token);
  return found;
}

/**
 * @param {any} token
 * @returns {string}
 */
function wordsOf(token) {
  if (token.type === "br" || token.type === "hr" || token.type === "space") return " ";
  if (token.type === "list") return token.items.map((/** @type {any} */ item) => item.tokens.map(wordsOf).join(" ")).join(" ");
  if (token.type === "table") {
    return [token.header, ...token.rows].flat().map((cell) => cell.tokens.map(wordsOf).join("")).join(" ");
  }
  if (token.type === "html") return token.raw;
  return token.tokens ? token.tokens.map(wordsOf).join(token.type === "blockquote" ? " " : "") : (token.text ?? token.raw);
}

/** @param {{ text: string, names: Names, tail?: any }} props `tail` stands behind the last word */
export function Markdown({ text, names, tail }) {
  const tokens = tokensOf(text);
  const last = tokens.at(-1);
  const inside = tail && last?.type === "paragraph";
  const shown = inside
    ? [...blocks(tokens.slice(0, -1), names, 0), html`<p>${inlines(/** @type {any} */ (last).tokens, names, 1)} ${tail}</p>`]
    : [...blocks(tokens, names, 0), tail];
  return html`<div dir="auto" class=${isBigEmoji(text) ? "prose big" : "prose"}>${shown}</div>`;
}

/** @param {string} text */
function isBigEmoji(text) {
  return text.length <= 24 && /^(\s*(\p{Extended_Pictographic}(\p{Emoji_Modifier}|\u200d\p{Extended_Pictographic}|\ufe0f)*)){1,3}\s*$/u.test(text);
}

/**
 * @param {Token[]} tokens
 * @param {Names} names
 * @param {number} depth
 * @returns {any[]}
 */
function blocks(tokens, names, depth) {
  if (depth > MAX_DEPTH) return tokens.map((token) => token.raw);
  return tokens.map((token) => (BLOCKS[token.type] ?? inlineBlock)(token, names, depth + 1));
}

/**
 * @param {Token[] | undefined} tokens
 * @param {Names} names
 * @param {number} depth
 * @returns {any[]}
 */
function inlines(tokens, names, depth) {
  if (depth > MAX_DEPTH) return (tokens ?? []).map((token) => token.raw);
  return (tokens ?? []).map((token) => (INLINES[token.type] ?? plain)(token, names, depth + 1));
}

/** @typedef {(token: any, names: Names, depth: number) => any} Draw */

/** @type {Draw} */
const inlineBlock = (token, names, depth) => (INLINES[token.type] ?? plain)(token, names, depth);

/** @type {Draw} */
const plain = (token, names) => withMentions(token.text ?? token.raw, names);

/** @type {Record<string, Draw>} */
const BLOCKS = {
  space: () => null,
  "as-written": (token, names) => html`<p class="as-written">${withMentions(token.text, names)}</p>`,
  hr: () => html`<hr />`,
  paragraph: (token, names, depth) => html`<p>${inlines(token.tokens, names, depth)}</p>`,
  // A heading in a chat is emphasis, not a landmark of the page.
  heading: (token, names, depth) => html`<p class=${`heading level-${token.depth}`}>${inlines(token.tokens, names, depth)}</p>`,
  blockquote: (token, names, depth) => html`<blockquote>${blocks(token.tokens, names, depth)}</blockquote>`,
  code: (token) => html`<${CodeBlock} text=${token.text} language=${token.lang ?? ""} />`,
  html: (token) => html`<p>${token.raw.replace(/\n+$/, "")}</p>`,
  list: (token, names, depth) => {
    const items = token.items.map((/** @type {any} */ item) => html`<li>
      ${item.task && html`<span aria-hidden="true">${item.checked ? "☑ " : "☐ "}</span>`}${blocks(item.tokens, names, depth)}
    </li>`);
    return token.ordered ? html`<ol start=${token.start || 1}>${items}</ol>` : html`<ul>${items}</ul>`;
  },
  table: (token, names, depth) => html`<div class="table-frame"><table>
    <thead><tr>${token.header.map((/** @type {any} */ cell) => html`<th scope="col">${inlines(cell.tokens, names, depth)}</th>`)}</tr></thead>
    <tbody>${token.rows.map(
      (/** @type {any[]} */ row) => html`<tr>${row.map((cell) => html`<td>${inlines(cell.tokens, names, depth)}</td>`)}</tr>`,
    )}</tbody>
  </table></div>`,
  checkbox: () => null,
};

/** @type {Record<string, Draw>} */
const INLINES = {
  text: (token, names, depth) => (token.tokens ? inlines(token.tokens, names, depth) : withMentions(token.text, names)),
  escape: (token) => token.text,
  strong: (token, names, depth) => html`<strong>${inlines(token.tokens, names, depth)}</strong>`,
  em: (token, names, depth) => html`<em>${inlines(token.tokens, names, depth)}</em>`,
  del: (token, names, depth) => html`<del>${inlines(token.tokens, names, depth)}</del>`,
  codespan: (token) => html`<code>${token.text}</code>`,
  br: () => html`<br />`,
  html: (token) => token.raw,
  link: (token, names, depth) => link(token.href, inlines(token.tokens, names, depth), token.raw),
  // A picture from elsewhere would tell its host who reads this; it is shown as the link it is.
  image: (token) => link(token.href, token.text || token.href, token.raw),
};

/**
 * @param {string} href
 * @param {any} inside
 * @param {string} raw
 */
function link(href, inside, raw) {
  if (!/^(https?:\/\/|mailto:)/i.test(href)) return raw;
  return html`<a href=${href} target="_blank" rel="noopener noreferrer nofollow ugc">${inside}</a>`;
}

/**
 * @param {string} text
 * @param {Names} names
 */
function withMentions(text, names) {
  if (!text.includes("@")) return text;
  return text.split(/(@[\p{L}\p{N}_.-]*[\p{L}\p{N}_](?: \d{1,4}\b)?)/u).map((part) => {
    if (part[0] !== "@") return part;
    const whole = part.slice(1).toLowerCase();
    const known = names.handles.has(whole) ? whole : whole.split(" ")[0];
    if (!names.handles.has(known)) return part;
    const mention = html`<span class=${known === names.me ? "mention me" : "mention"}>${part.slice(0, known.length + 1)}</span>`;
    return html`${mention}${part.slice(known.length + 1)}`;
  });
}
