// Small kindnesses for forms: one submit per press, filters that apply as they change, and the
// first wrong field in view.
import { closest } from "./dom";

export function startForms(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== "post") return;
    // After the handlers have read the form, so that the pressed button's value is still sent.
    setTimeout(() => {
      if (event.defaultPrevented && !form.hasAttribute("hx-boost")) return;
      setBusy(form, true);
    });
  });
  // Back from the browser's cache, or the answer arrived: the buttons work again.
  window.addEventListener("pageshow", () => eachBusy((form) => setBusy(form, false)));
  document.addEventListener("htmx:finally:request", () => eachBusy((form) => setBusy(form, false)));

  document.addEventListener("change", (event) => {
    const control = closest(event, "form[data-filter] select, form[data-filter] input[type=checkbox], form[data-filter] input[type=date]");
    control?.closest("form")?.requestSubmit();
  });
  let waiting: number | undefined;
  document.addEventListener("input", (event) => {
    const search = closest<HTMLInputElement>(event, "form[data-filter] input[type=search]");
    if (!search) return;
    clearTimeout(waiting);
    waiting = window.setTimeout(() => search.form?.requestSubmit(), 300);
  });

  const focusFirstWrong = () =>
    document.querySelector<HTMLElement>("#main [aria-invalid=true]")?.focus();
  focusFirstWrong();
  document.addEventListener("htmx:after:swap", (event) => {
    const { ctx } = (event as CustomEvent<{ ctx: { request: { method: string } } }>).detail;
    if (ctx.request.method === "POST") focusFirstWrong();
  });
}

function eachBusy(work: (form: HTMLFormElement) => void): void {
  document.querySelectorAll<HTMLFormElement>("form[aria-busy=true]").forEach(work);
}

function setBusy(form: HTMLFormElement, busy: boolean): void {
  if (busy) form.setAttribute("aria-busy", "true");
  else form.removeAttribute("aria-busy");
  const buttons = [...form.elements].filter((element) => element instanceof HTMLButtonElement);
  for (const button of buttons) button.disabled = busy;
}
