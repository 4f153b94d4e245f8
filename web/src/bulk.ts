// Check boxes of a list inside <form data-bulk>: shift selects a range, the header box selects
// all, and the bar with the actions says how many. Without script the bar is simply always there.
import { closest, onContent } from "./dom";

const ROW = "input[type=checkbox][data-bulk-row]";
const ALL = "input[type=checkbox][data-bulk-all]";

export function startBulkSelection(): void {
  let last: HTMLInputElement | null = null;
  document.addEventListener("click", (event) => {
    const box = closest<HTMLInputElement>(event, ROW);
    const form = box?.closest<HTMLFormElement>("form[data-bulk]");
    if (!box || !form) return;
    if ((event as MouseEvent).shiftKey && last && last !== box && form.contains(last)) {
      const rows = rowsOf(form);
      const [from, to] = [rows.indexOf(last), rows.indexOf(box)].sort((a, b) => a - b);
      for (const row of rows.slice(from, (to ?? 0) + 1)) row.checked = box.checked;
    }
    last = box;
  });
  document.addEventListener("change", (event) => {
    const form = closest<HTMLFormElement>(event, "form[data-bulk]");
    if (!form) return;
    const all = closest<HTMLInputElement>(event, ALL);
    if (all) for (const row of rowsOf(form)) row.checked = all.checked;
    tell(form);
  });
  document.addEventListener("click", (event) => {
    const form = closest(event, "[data-bulk-clear]")?.closest<HTMLFormElement>("form[data-bulk]");
    if (!form) return;
    for (const row of rowsOf(form)) row.checked = false;
    tell(form);
  });
  onContent(() => document.querySelectorAll<HTMLFormElement>("form[data-bulk]").forEach(tell));
}

function rowsOf(form: HTMLFormElement): HTMLInputElement[] {
  return [...form.querySelectorAll<HTMLInputElement>(ROW)];
}

function tell(form: HTMLFormElement): void {
  const rows = rowsOf(form);
  const selected = rows.filter((row) => row.checked).length;
  const all = form.querySelector<HTMLInputElement>(ALL);
  if (all) {
    all.checked = selected > 0 && selected === rows.length;
    all.indeterminate = selected > 0 && selected < rows.length;
  }
  const bar = form.querySelector<HTMLElement>("[data-bulk-bar]");
  if (!bar) return;
  bar.hidden = selected === 0;
  const count = bar.querySelector("[data-bulk-count]");
  if (count) count.textContent = `${selected} selected`;
}
