// What HTML cannot do by itself. Everything here is an addition: each page works without it.
import "./htmx";
import { startBulkSelection } from "./bulk";
import { startConfirmations } from "./confirm";
import { startDialogs } from "./dialogs";
import { startForms } from "./forms";
import { startFragment } from "./fragment";
import { startLiveRegions } from "./live";
import { startMenus } from "./menus";
import { startPasskeys } from "./passkeys";
import { startReveal } from "./reveal";
import { startTheme } from "./theme";
import { startTimes } from "./times";
import { startToasts } from "./toasts";

document.documentElement.classList.add("js");
startTheme();
startMenus();
startDialogs();
startConfirmations();
startForms();
startFragment();
startPasskeys();
startReveal();
startBulkSelection();
startTimes();
startToasts();
startLiveRegions();
