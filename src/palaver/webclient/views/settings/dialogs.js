// @ts-check
/** @module The one dialog that is open. */
import { html } from "../html.js";
import { useUi, useUiSelect } from "../hooks.js";
import { LocationDialog } from "../chat/location-dialog.js";
import { BanDialog, ExplicitDialog, KickDialog, QuietDialog, RenameDialog, ReportDialog, SuggestedDialog } from "../people/moderation-dialogs.js";
import { PastDialog } from "../people/past-dialog.js";
import { ProfileDialog } from "../people/profile-dialog.js";
import { WatchersDialog } from "../video/watchers-dialog.js";
import { KeysDialog } from "./keys-dialog.js";
import { ChannelDialog, EndDialog, MeetingDialog } from "./meeting-dialogs.js";
import { RoomDialog } from "./room-dialog.js";
import { RoomsDialog } from "./rooms-dialog.js";
import { SettingsDialog } from "./settings-dialog.js";
import { ShareDialog } from "./share-dialog.js";

const KINDS = {
  settings: SettingsDialog,
  room: RoomDialog,
  rooms: RoomsDialog,
  share: ShareDialog,
  ban: BanDialog,
  kick: KickDialog,
  report: ReportDialog,
  rename: RenameDialog,
  quiet: QuietDialog,
  explicit: ExplicitDialog,
  suggested: SuggestedDialog,
  meeting: MeetingDialog,
  channel: ChannelDialog,
  end: EndDialog,
  place: LocationDialog,
  past: PastDialog,
  profile: ProfileDialog,
  watchers: WatchersDialog,
  keys: KeysDialog,
};

export function Dialogs() {
  const ui = useUi();
  const open = useUiSelect((state) => state.dialog);
  if (!open) return null;
  const { kind, ...rest } = open;
  const close = () => ui.get().dialog === open && ui.set({ dialog: null });
  return html`<${KINDS[kind]} key=${JSON.stringify(open)} ...${rest} onClose=${close} />`;
}
