// Menus are <details>. Here they also close on Escape, on a click elsewhere, and when another opens.
import { closest } from "./dom";

const OPEN = "details[data-menu][open]";

export function startMenus(): void {
  const closeOthers = (keep: Element | null) => {
    for (const menu of document.querySelectorAll<HTMLDetailsElement>(OPEN)) {
      if (menu !== keep) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => closeOthers(closest(event, OPEN)));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = closest<HTMLDetailsElement>(event, OPEN);
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
}
