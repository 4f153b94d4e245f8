/** The nearest element around an event's target that matches, if any. */
export function closest<E extends Element = HTMLElement>(event: Event, selector: string): E | null {
  return event.target instanceof Element ? event.target.closest<E>(selector) : null;
}

/** Runs now and again whenever htmx has put new content on the page. */
export function onContent(work: () => void): void {
  work();
  document.addEventListener("htmx:after:swap", work);
}
