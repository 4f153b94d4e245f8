// Good news leaves by itself after a while; anything with an action or a problem stays until closed.
import { closest, onContent } from "./dom";

const SHOWN_MS = 8_000;

export function startToasts(): void {
  document.addEventListener("click", (event) => {
    if (closest(event, "[data-dismiss]")) closest(event, ".toast")?.remove();
  });
  onContent(() => {
    for (const toast of document.querySelectorAll<HTMLElement>(".toast.good:not([data-timed])")) {
      toast.dataset["timed"] = "";
      if (!toast.querySelector("form, a")) setTimeout(() => toast.remove(), SHOWN_MS);
    }
  });
}
