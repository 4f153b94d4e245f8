// What stands behind the # of an address, where a letter of a Supabase project leads here: no server
// sees it, so it goes into the fields of a form with `data-fragment`, and out of the address.

export function startFragment(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-fragment]");
  const brought = new URLSearchParams(location.hash.slice(1));
  if (!form || !brought.has("access_token")) return;
  for (const field of form.querySelectorAll<HTMLInputElement>("input[type=hidden]")) {
    field.value = brought.get(field.name) ?? "";
  }
  history.replaceState(null, "", location.pathname);
  form.hidden = false;
  for (const note of document.querySelectorAll<HTMLElement>("[data-fragment-absent]")) note.hidden = true;
}
