// `data-confirm` on a form or its button asks first, in the page's own dialog. Acts that cannot be
// undone do not rely on this: the server shows them a page of their own.
interface Question {
  text: string;
  action: string;
  danger: boolean;
}

export function startConfirmations(): void {
  const confirmed = new WeakSet<HTMLFormElement>();
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!(form instanceof HTMLFormElement)) return;
      if (confirmed.delete(form)) return;
      const submitter = (event as SubmitEvent).submitter;
      const question = questionOf(submitter) ?? questionOf(form);
      if (!question) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(question, () => {
        confirmed.add(form);
        form.requestSubmit(submitter);
      });
    },
    { capture: true },
  );
}

function questionOf(element: HTMLElement | null): Question | null {
  const text = element?.dataset["confirm"];
  if (!text) return null;
  const action = element.dataset["confirmAction"] ?? element.textContent?.trim() ?? "";
  return { text, action: action || "Continue", danger: "confirmDanger" in element.dataset };
}

function ask(question: Question, proceed: () => void): void {
  const template = document.querySelector<HTMLTemplateElement>("#confirm-dialog");
  const dialog = template?.content.querySelector("dialog")?.cloneNode(true);
  if (!(dialog instanceof HTMLDialogElement)) return proceed();
  const part = (name: string) => dialog.querySelector<HTMLElement>(`[data-part="${name}"]`);
  const [text, button] = [part("text"), part("proceed")];
  if (!text || !button) return proceed();
  text.textContent = question.text;
  button.textContent = question.action;
  button.classList.toggle("danger", question.danger);
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue === "proceed") proceed();
  });
  dialog.showModal();
}
