// @ts-nocheck
/** Which links are videos that the page can show. */
import assert from "node:assert/strict";
import { test } from "node:test";

const ID = "dQw4w9WgXcQ";

test("addresses of one video are known in every form, and no others", async () => {
  const { videoOf } = await import("../../src/palaver/webclient/views/chat/videos.js");
  for (const url of [`https://www.youtube.com/watch?list=1&v=${ID}`, `https://youtu.be/${ID}?t=3`, `http://m.youtube.com/embed/${ID}`,
    `https://youtube-nocookie.com/v/${ID}`, `https://www.youtube.com/e/${ID}`, `https://youtube.com/shorts/${ID}`]) assert.equal(videoOf(url), ID, url);
  for (const url of [`https://youtube.com.evil.example/watch?v=${ID}`, `https://evil.example/https://youtu.be/${ID}`, `https://youtu.be/${ID}"onload=`,
    "https://youtu.be/dQw4w9WgXc", "https://youtu.be/dQw4w9WgXcZ", `javascript:youtu.be/${ID}`, `https://www.youtube.com/user/${ID}`, "youtu.be", ""]) assert.equal(videoOf(url), "", url);
});
