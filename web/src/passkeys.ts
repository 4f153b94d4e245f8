// Passkeys: the browser's own dialog between a form and the server. A form with `data-passkey` is
// hidden until we know that the browser has such a dialog; it asks `data-passkey-options` what to
// sign and sends the answer like any other form.
import { onContent } from "./dom";

interface Offer {
  challenge_id: string;
  options: Record<string, unknown>;
}

/** A challenge lives five minutes; the one behind the email field is renewed before that. */
const RENEWED = 4 * 60_000;

let pending: AbortController | undefined;

export function startPasskeys(): void {
  if (!("PublicKeyCredential" in window) || !("credentials" in navigator)) return;
  onContent(() => {
    for (const form of forms("[data-passkey]")) form.hidden = false;
    for (const note of document.querySelectorAll<HTMLElement>("[data-passkey-absent]")) note.hidden = true;
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset["passkey"] === undefined) return;
    event.preventDefault();
    void ask(form);
  });
  void offerInField();
}

function forms(selector: string): NodeListOf<HTMLFormElement> {
  return document.querySelectorAll<HTMLFormElement>(`form${selector}`);
}

/** After a press: one dialog, one answer. */
async function ask(form: HTMLFormElement): Promise<void> {
  pending?.abort();
  const begun = (pending = new AbortController());
  tell(form, "");
  busy(form, true);
  try {
    const offer = await fetchOffer(form);
    const credential =
      form.dataset["passkey"] === "create"
        ? await navigator.credentials.create({ publicKey: creation(offer.options), signal: begun.signal })
        : await navigator.credentials.get({ publicKey: request(offer.options), signal: begun.signal });
    send(form, offer, credential);
  } catch (error) {
    busy(form, false);
    if (begun.signal.aborted) return;
    tell(form, words(error));
    pending = undefined;
    void offerInField();
  }
}

/** Passkeys among what the browser offers to fill into the email field, without any press. */
async function offerInField(): Promise<void> {
  const [form] = forms("[data-passkey=get]");
  if (!form || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  for (;;) {
    // A press took over.
    if (pending) return;
    const begun = (pending = new AbortController());
    const renewal = setTimeout(() => begun.abort(), RENEWED);
    try {
      const offer = await fetchOffer(form);
      const credential = await navigator.credentials.get({
        publicKey: request(offer.options),
        mediation: "conditional",
        signal: begun.signal,
      });
      send(form, offer, credential);
      return;
    } catch {
      // Nobody asked for it, so nobody is told that it did not work.
      const isRenewal = begun.signal.aborted && pending === begun;
      if (!isRenewal) return;
      pending = undefined;
      await whenVisible();
    } finally {
      clearTimeout(renewal);
    }
  }
}

async function whenVisible(): Promise<void> {
  while (document.visibilityState !== "visible") {
    await new Promise((go) => document.addEventListener("visibilitychange", go, { once: true }));
  }
}

async function fetchOffer(form: HTMLFormElement): Promise<Offer> {
  const answer = await fetch(form.dataset["passkeyOptions"] ?? "", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
    // Whoever is signed out is sent to a page, which is no answer.
    redirect: "manual",
  });
  if (!answer.ok) throw new Refused(answer.status);
  return (await answer.json()) as Offer;
}

class Refused extends Error {
  constructor(readonly status: number) {
    super();
  }
}

function send(form: HTMLFormElement, offer: Offer, credential: Credential | null): void {
  if (!(credential instanceof PublicKeyCredential)) throw new Refused(0);
  fill(form, "challenge_id", offer.challenge_id);
  fill(form, "credential", JSON.stringify(written(credential)));
  // Past our own handler.
  HTMLFormElement.prototype.submit.call(form);
}

function fill(form: HTMLFormElement, name: string, value: string): void {
  const input = form.elements.namedItem(name);
  if (input instanceof HTMLInputElement) input.value = value;
}

function busy(form: HTMLFormElement, isBusy: boolean): void {
  for (const button of form.querySelectorAll("button")) button.disabled = isBusy;
}

function tell(form: HTMLFormElement, problem: string): void {
  const place = form.querySelector<HTMLElement>("[data-passkey-problem]");
  const said = place?.querySelector("p");
  if (!place || !said) return;
  place.hidden = problem === "";
  said.textContent = problem;
}

function words(error: unknown): string {
  if (error instanceof Refused) {
    if (error.status === 429) return "Too many attempts. Wait a minute and try again.";
    if (error.status === 422) return "Ten passkeys are the most one person can have. Remove one first.";
    return "The server did not answer as it should. Reload the page and try again.";
  }
  switch (error instanceof Error ? error.name : "") {
    case "InvalidStateError":
      return "This device has a passkey for your account already.";
    case "NotSupportedError":
      return "This device cannot make a passkey of the kind we need.";
    case "SecurityError":
      return "Passkeys do not work at this address. Ask whoever runs BillingOne for you.";
    case "TypeError":
      return "The server cannot be reached. Check the connection and try again.";
    default:
      return "No passkey was used: it was cancelled or took too long. Try again.";
  }
}

// What the server writes as base64url, the browser wants as bytes, and back. Browsers we promise to
// work in have no functions of their own for it yet.

function bytes(text: unknown): Uint8Array<ArrayBuffer> {
  const plain = String(text).replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(plain), (letter) => letter.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  const letters = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function creation(options: Record<string, unknown>): PublicKeyCredentialCreationOptions {
  const user = options["user"] as Record<string, unknown>;
  const excluded = options["excludeCredentials"] as Record<string, unknown>[];
  return {
    ...options,
    challenge: bytes(options["challenge"]),
    user: { ...user, id: bytes(user["id"]) },
    excludeCredentials: excluded.map((one) => ({ ...one, id: bytes(one["id"]) })),
  } as unknown as PublicKeyCredentialCreationOptions;
}

function request(options: Record<string, unknown>): PublicKeyCredentialRequestOptions {
  return { ...options, challenge: bytes(options["challenge"]), allowCredentials: [] };
}

function written(credential: PublicKeyCredential): unknown {
  const { response } = credential;
  const common = { id: credential.id, rawId: text(credential.rawId), type: credential.type };
  const clientDataJSON = text(response.clientDataJSON);
  if (response instanceof AuthenticatorAttestationResponse) {
    const attestationObject = text(response.attestationObject);
    return { ...common, response: { clientDataJSON, attestationObject } };
  }
  const shown = response as AuthenticatorAssertionResponse;
  return {
    ...common,
    response: {
      clientDataJSON,
      authenticatorData: text(shown.authenticatorData),
      signature: text(shown.signature),
      userHandle: shown.userHandle ? text(shown.userHandle) : undefined,
    },
  };
}
