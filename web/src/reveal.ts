// A password can be looked at while it is typed.
import { closest } from "./dom";

export function startReveal(): void {
  offer();
  document.addEventListener("htmx:after:swap", offer);
  document.addEventListener("click", (event) => {
    const button = closest<HTMLButtonElement>(event, "button[data-reveal]");
    if (button) show(button, button.getAttribute("aria-pressed") !== "true");
  });
  // Password managers keep what a field of this type was sent with.
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLElement;
    form.querySelectorAll<HTMLButtonElement>("button[data-reveal]").forEach((button) => show(button, false));
  });
}

function offer(): void {
  document.querySelectorAll<HTMLButtonElement>("button[data-reveal]").forEach((button) => {
    button.hidden = false;
  });
}

function show(button: HTMLButtonElement, isShown: boolean): void {
  const input = button.parentElement?.querySelector("input");
  if (!input) return;
  input.type = isShown ? "text" : "password";
  button.setAttribute("aria-pressed", String(isShown));
}
