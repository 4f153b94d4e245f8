// <time data-relative datetime="…"> keeps saying "5 min ago" truthfully. The server's clock may be
// simulated, so ages are counted from the page's own `data-now`, plus the time it has been open.
import { onContent } from "./dom";

const opened = performance.now();
export function startTimes(): void {
  onContent(refresh);
  setInterval(refresh, 30_000);
}

function refresh(): void {
  const served = Date.parse(document.body.dataset["now"] ?? "");
  if (Number.isNaN(served)) return;
  const now = served + performance.now() - opened;
  for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-relative]")) {
    const then = Date.parse(time.dateTime);
    if (!Number.isNaN(then)) time.textContent = relative((then - now) / 1000);
  }
}

// The same words as the server's `format::relative`.
function relative(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 45) return seconds > 0 ? "in a moment" : "just now";
  const say = (words: string) => (seconds > 0 ? `in ${words}` : `${words} ago`);
  if (size < 3_570) return say(`${Math.max(1, Math.round(size / 60))} min`);
  if (size < 84_600) return say(`${Math.round(size / 3_600)} hr`);
  const days = Math.round(size / 86_400);
  if (days === 1) return seconds > 0 ? "tomorrow" : "yesterday";
  return say(`${days} days`);
}
