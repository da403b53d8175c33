// Everything by name: Command-K or Ctrl-K opens it, letters filter it, arrows choose, Enter goes.
import { $, $$ } from "./island";

let seen = 0; // numbers entries, so that the field can name the chosen one

export function palette(element: HTMLElement): void {
  const dialog = element as HTMLDialogElement;
  const field = $<HTMLInputElement>("input", dialog), entries = $$("[role=option]", dialog), none = $("#palette-none", dialog);
  if (!field) return;
  entries.forEach((one) => { one.id ||= `palette-${seen++}`; });
  const shown = () => entries.filter((one) => !one.hidden);
  const chosen = () => entries.find((one) => one.getAttribute("aria-selected") === "true");
  const choose = (one?: HTMLElement) => {
    entries.forEach((other) => other.setAttribute("aria-selected", String(other === one)));
    if (one) { field.setAttribute("aria-activedescendant", one.id); one.scrollIntoView({ block: "nearest" }); } else field.removeAttribute("aria-activedescendant");
  };
  const filter = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const one of entries) one.hidden = !words.every((word) => one.textContent?.toLowerCase().includes(word));
    if (none) none.hidden = shown().length > 0;
    choose(shown()[0]);
  };
  const open = () => { field.value = ""; filter(); dialog.showModal(); field.focus(); };
  const go = (one?: HTMLElement) => {
    const search = field.value.trim();
    location.href = one?.dataset.href ?? (search ? "/inbox?show=all&q=" + encodeURIComponent(search) : location.href);
  };
  field.addEventListener("input", filter);
  field.addEventListener("keydown", (event) => {
    const all = shown(), at = all.indexOf(chosen() as HTMLElement);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(all[(at + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length]);
    } else if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); go(chosen()); }
  });
  dialog.addEventListener("click", (event) => {
    const one = (event.target as HTMLElement).closest<HTMLElement>("[role=option]");
    if (one) go(one); else if (event.target === dialog) dialog.close();
  });
  $$("[data-palette]").forEach((button) => { button.hidden = false; button.addEventListener("click", open); });
  addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey) || event.altKey) return;
    event.preventDefault();
    if (dialog.open) dialog.close(); else open();
  });
}
