// Regions that follow the server. `data-live-on="sync drafts"` names topics, `data-live-src` is the
// fragment's own address, or that of a whole page that holds the region. One event stream per visible page carries topic names only; the fragment
// is fetched anew, so a missed event costs nothing and permissions are always the server's.
import htmx from "./htmx";
import { onContent } from "./dom";

const REGION = "[id][data-live-on][data-live-src]";
const AT_MOST_EVERY_MS = 400;

let stream: EventSource | null = null;
let heard = "";
const waiting = new WeakSet<Element>();

export function startLiveRegions(): void {
  const address = document.body.dataset["events"];
  if (!address) return;
  const listen = () => {
    const topics = document.hidden ? "" : topicsOnPage().join(" ");
    if (topics === heard) return;
    stream?.close();
    heard = topics;
    stream = topics ? open(address, topics.split(" ")) : null;
  };
  onContent(listen);
  document.addEventListener("visibilitychange", () => {
    listen();
    if (!document.hidden) refresh(() => true);
  });
  window.addEventListener("pagehide", () => stream?.close());
}

function open(address: string, topics: string[]): EventSource {
  const source = new EventSource(address);
  let lost = false;
  source.addEventListener("error", () => (lost = true));
  source.addEventListener("open", () => {
    if (lost) refresh(() => true);
    lost = false;
  });
  for (const topic of topics) {
    source.addEventListener(topic, () => refresh((region) => topicsOf(region).includes(topic)));
  }
  return source;
}

function topicsOf(region: Element): string[] {
  return (region.getAttribute("data-live-on") ?? "").split(" ").filter(Boolean);
}

function topicsOnPage(): string[] {
  const regions = [...document.querySelectorAll(REGION)];
  return [...new Set(regions.flatMap(topicsOf))].sort();
}

function refresh(wanted: (region: Element) => boolean): void {
  for (const region of document.querySelectorAll(REGION)) {
    if (!wanted(region) || waiting.has(region)) continue;
    waiting.add(region);
    setTimeout(() => {
      waiting.delete(region);
      const source = region.getAttribute("data-live-src");
      if (!source || !region.isConnected) return;
      // Requests of one source wait for each other, and all but the first that waits are dropped.
      const itself = { source: region, target: region, select: `#${region.id}` };
      void htmx.ajax("GET", source, { ...itself, swap: "outerMorph" });
    }, AT_MOST_EVERY_MS);
  }
}
