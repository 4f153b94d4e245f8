// htmx turns links and forms marked with `kit::live()` into in-page updates. The server's answer
// is always a whole page; htmx takes `#main` out of it.
import htmx from "htmx.org";

interface SwapContext {
  text?: string;
  response?: { raw?: Response };
}

// A reply without the shell (the sign-in page after a session ended) cannot be shown inside it.
document.addEventListener("htmx:after:request", (event) => {
  const context = (event as CustomEvent<{ ctx: SwapContext }>).detail.ctx;
  const answer = context.response?.raw;
  if (answer?.redirected && context.text?.includes("data-shell=\"plain\"")) {
    event.preventDefault();
    location.assign(answer.url);
  }
});

// A refused form keeps the address of the page it is on: its own answers no GET.
document.addEventListener("htmx:before:history:update", (event) => {
  const response = (event as CustomEvent<{ response?: { status?: number } }>).detail.response;
  if ((response?.status ?? 200) >= 400) event.preventDefault();
});

// The network is away, or the server took too long: say so where the person is looking.
document.addEventListener("htmx:error", (event) => {
  const detail = (event as CustomEvent<{ ctx?: SwapContext }>).detail;
  if (detail.ctx?.response) return;
  const flash = document.getElementById("flash");
  const template = document.querySelector<HTMLTemplateElement>("#unreachable");
  if (flash && template) flash.replaceChildren(template.content.cloneNode(true));
});

export default htmx;
