// A dialog opens without script as the target of a link (`#id`, see dialog.css). With script the
// same link opens it as a real modal: focus stays inside, Escape and the backdrop close it.
import { closest, onContent } from "./dom";

export function startDialogs(): void {
  document.addEventListener("click", (event) => {
    const opener = closest<HTMLAnchorElement>(event, "a[data-opens]");
    if (opener) {
      const dialog = document.getElementById(opener.hash.slice(1));
      if (dialog instanceof HTMLDialogElement) {
        event.preventDefault();
        show(dialog);
      }
      return;
    }
    const dialog = closest<HTMLDialogElement>(event, "dialog[open]");
    if (!dialog) return;
    const onBackdrop = event.target === dialog && !inside(dialog, event as MouseEvent);
    if (onBackdrop || closest(event, "a[data-closes]")) {
      event.preventDefault();
      dialog.close();
    }
  });
  // An answer that replaces the page ends the dialog it came from; one the server sends open (its
  // form was refused) becomes modal like any other.
  document.addEventListener("htmx:before:swap", () => {
    for (const dialog of document.querySelectorAll<HTMLDialogElement>("#main dialog[open]")) dialog.close();
  });
  onContent(() => {
    const sent = document.querySelector<HTMLDialogElement>("#main dialog[open]:not(:modal)");
    if (!sent) return;
    sent.close();
    show(sent);
  });
  // A dialog named in the address (a shared link, a reload) becomes modal too.
  const named = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDialogElement) {
    history.replaceState(history.state, "", location.pathname + location.search);
    show(named);
  }
}

// The first question has the focus, not the button that closes.
function show(dialog: HTMLDialogElement): void {
  dialog.showModal();
  const first = ".content :is(input, select, textarea, button):not([type=hidden], :disabled)";
  dialog.querySelector<HTMLElement>(`[autofocus], ${first}`)?.focus();
}

function inside(dialog: HTMLDialogElement, event: MouseEvent): boolean {
  const box = dialog.getBoundingClientRect();
  return (
    event.clientX >= box.left &&
    event.clientX <= box.right &&
    event.clientY >= box.top &&
    event.clientY <= box.bottom
  );
}
