// The theme is a cookie the server reads, so that a page arrives in the right colours. The form
// works by itself; here it only spares the reload.
import { closest } from "./dom";

export function startTheme(): void {
  document.addEventListener("submit", (event) => {
    const form = closest<HTMLFormElement>(event, "form[data-theme-form]");
    if (!form) return;
    event.preventDefault();
    const pressed = (event as SubmitEvent).submitter;
    const theme = pressed instanceof HTMLButtonElement ? pressed.value : "system";
    document.documentElement.dataset["theme"] = theme;
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-theme-form] button")) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    }
    void fetch(form.action, { method: "POST", body: new URLSearchParams({ theme }) });
  });
}
