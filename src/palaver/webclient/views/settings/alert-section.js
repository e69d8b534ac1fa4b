// @ts-check
/** @module Which sounds are heard, and whether the desktop shows notes. */
import { useState } from "preact/hooks";
import { t } from "../../texts/index.js";
import { play, SOUNDS } from "../effects/sounds.js";
import { html } from "../html.js";
import { useActions, usePreference, useSelect } from "../hooks.js";
import { IconButton } from "../parts/button.js";
import { Switch } from "../parts/fields.js";

export function AlertSection() {
  const { saveSettings } = useActions();
  const { sounds, notifications } = useSelect((state) => state.settings);
  const [muted, setMuted] = usePreference("muted");
  const [watchNotice, setWatchNotice] = usePreference("watchNotice");
  const [denied, setDenied] = useState(globalThis.Notification?.permission === "denied");
  const supported = "Notification" in globalThis;
  const allow = async (/** @type {boolean} */ on) => {
    if (!on) return saveSettings({ notifications: false });
    const answer = await Notification.requestPermission();
    setDenied(answer === "denied");
    return saveSettings({ notifications: answer === "granted" });
  };
  const hint = !supported ? t("settings.notifications_none") : denied ? t("settings.notifications_denied") : t("settings.notifications_hint");
  return html`
    <${Switch} label=${t("settings.notifications")} hint=${hint} checked=${notifications && !denied} disabled=${!supported || denied} onChange=${allow} />
    <${Switch} label=${t("settings.watch_notice")} hint=${t("settings.watch_notice_hint")} checked=${watchNotice} onChange=${setWatchNotice} />
    <hr class="rule" />
    <${Switch} label=${t("settings.sounds")} hint=${t("settings.sounds_hint")} checked=${sounds} onChange=${(/** @type {boolean} */ on) => saveSettings({ sounds: on })} />
    <div class="sound-list">
      ${SOUNDS.map(
        (name) => html`<div key=${name} class="sound-row">
          <${Switch} label=${t(`sound.${name}`)} checked=${!muted.includes(name)} disabled=${!sounds}
            onChange=${(/** @type {boolean} */ on) => setMuted(on ? muted.filter((other) => other !== name) : [...muted, name])} />
          <${IconButton} small icon="play" label=${`${t("settings.try_sound")}: ${t(`sound.${name}`)}`} onClick=${() => play(name)} />
        </div>`,
      )}
    </div>
  `;
}
