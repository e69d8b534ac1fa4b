// @ts-check
/**
 * The emoji of the picker. How they are called stands in the catalogue of texts.
 * @module
 */

/** @type {Record<"smileys" | "hands" | "signs" | "things", string[]>} */
export const EMOJI = {
  smileys: [
    "😀", "😄", "😂", "🤣", "😊", "😉", "😍", "😘", "😜", "🤔",
    "🤨", "😐", "🙄", "😏", "😴", "😎", "🥳", "😢", "😭", "😱",
    "😡", "🤯", "🥺", "🤗", "🙃", "😇",
  ],
  hands: [
    "👍", "👎", "👌", "👏", "🙌", "🙏", "👋", "🤝", "✌️", "🤞",
    "💪", "👀", "✋", "🫶",
  ],
  signs: [
    "❤️", "🧡", "💛", "💚", "💙", "💜", "💔", "💯", "🔥", "✨",
    "🎉", "⭐", "✅", "❌", "❓", "⚠️", "💡",
  ],
  things: [
    "🎂", "☕", "🍺", "🍕", "🍎", "🌈", "☀️", "🌙", "🐶", "🐱",
    "🦄", "🌹", "🎵", "🎮", "⚽", "🚀", "💻", "📎", "📌", "🐛",
  ],
};

/** Offered first, under every message. */
export const QUICK = ["👍", "❤️", "😂", "🎉", "😢"];
