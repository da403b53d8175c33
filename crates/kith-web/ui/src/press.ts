// A press is one press: a form that is on its way is not sent twice, and its button says so.
export function press(): void {
  addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.dataset.pressed) return event.preventDefault();
    form.dataset.pressed = "1";
    const button = (event.submitter ?? document.querySelector(form.id ? `button[form=${form.id}]` : "#none") ?? form.querySelector("button")) as HTMLButtonElement | null;
    const said = button?.textContent ?? "";
    if (button) setTimeout(() => {
      button.disabled = true;
      if (form.dataset.busy) button.textContent = form.dataset.busy;
    });
    // A form whose answer is put in place stays on the page and may be pressed again.
    form.addEventListener("htmx:finally:request", () => {
      delete form.dataset.pressed;
      if (button) { button.disabled = false; if (form.dataset.busy && button.textContent === form.dataset.busy) button.textContent = said; }
    }, { once: true });
  });
}
