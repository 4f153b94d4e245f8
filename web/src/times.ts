// <time data-relative datetime="…"> keeps saying "5 min ago" truthfully. The server's clock may be
// simulated, so ages are counted from the page's own `data-now`, plus the time it has been open.
import { onContent } from "./dom";

const opened = performance.now();
const format = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", {
  numeric: "auto",
  style: "short",
});

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

function relative(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 45) return seconds > 0 ? "in a moment" : "just now";
  if (size < 3_570) return format.format(Math.round(seconds / 60), "minute");
  if (size < 84_600) return format.format(Math.round(seconds / 3_600), "hour");
  return format.format(Math.round(seconds / 86_400), "day");
}
