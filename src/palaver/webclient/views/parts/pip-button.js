// @ts-check
/** @module Takes a moving picture out of the page into a small window above all others, where the browser can. */
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { IconButton } from "./button.js";

/** @param {{ video: { current: HTMLVideoElement | null } }} props */
export function PipButton({ video }) {
  if (!document.pictureInPictureEnabled) return null;
  const toggle = () => {
    const isOut = document.pictureInPictureElement && document.pictureInPictureElement === video.current;
    // Nothing to show yet, or the person thought better of it.
    void (isOut ? document.exitPictureInPicture() : video.current?.requestPictureInPicture())?.catch(() => undefined);
  };
  return html`<${IconButton} small icon="pip" label=${t("camera.pip")} onClick=${toggle} />`;
}
