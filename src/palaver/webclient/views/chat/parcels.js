// @ts-check
/** @module Messages that were sent before their pictures were there: they leave by themselves, or come back into the box. */
import { t } from "../../texts/index.js";
import { html } from "../html.js";
import { useUiSelect, useWorld } from "../hooks.js";
import { Icon } from "../parts/icon.js";
import { plainText } from "./markdown.js";
import { parcelsOf, trayOf, unpack } from "./trays.js";
import { UploadTray } from "./upload-tray.js";

/** @param {{ thread: string, onUnpacked: (parcel: import("./trays.js").Parcel) => void }} props */
export function Parcels({ thread, onUnpacked }) {
  const parcels = useUiSelect((state) => parcelsOf(state, thread));
  if (!parcels.length) return null;
  return html`<ul class="parcels" aria-label=${t("upload.parcels")}>
    ${parcels.map((parcel) => html`<${Waiting} key=${parcel.id} thread=${thread} parcel=${parcel} onUnpacked=${onUnpacked} />`)}
  </ul>`;
}

/** @param {{ thread: string, parcel: import("./trays.js").Parcel, onUnpacked: (parcel: import("./trays.js").Parcel) => void }} props */
function Waiting({ thread, parcel, onUnpacked }) {
  const world = useWorld();
  const tray = useUiSelect((state) => trayOf(state, thread, parcel.id));
  const isStuck = tray.some(({ problem }) => problem);
  const cancel = () => {
    unpack(world, thread, parcel);
    onUnpacked(parcel);
  };
  return html`<li class="parcel">
    <div class="parcel-head">
      <${Icon} name=${isStuck ? "alert" : "clock"} /><span class="hint" role="status">${isStuck ? t("upload.stuck") : t("upload.waits")}</span>
      <button type="button" class="button small" onClick=${cancel}>${t("upload.unpack")}</button>
    </div>
    ${parcel.text && html`<p class="parcel-text" dir="auto">${plainText(parcel.text)}</p>`}
    <${UploadTray} thread=${thread} tray=${tray} />
  </li>`;
}
