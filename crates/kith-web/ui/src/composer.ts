// A post that is being written survives a closed window; it is forgotten when it is planned.
import { $, $$, isSend, memory } from "./island";

export function composer(element: HTMLElement): void {
  const page = element as HTMLFormElement;
  const texts = $$<HTMLTextAreaElement>("textarea", page);
  if (texts.every((one) => !one.value)) {
    const kept: Record<string, string> = memory((store) => JSON.parse(store.getItem("write") ?? "{}")) ?? {};
    for (const one of texts) {
      const text = kept[one.name];
      if (text) { one.value = text; one.closest("details")?.setAttribute("open", ""); }
    }
  }
  page.addEventListener("input", () => memory((store) => store.setItem("write", JSON.stringify(Object.fromEntries(texts.map((one) => [one.name, one.value]))))));
  $("[name=at]", page)?.addEventListener("input", () => {
    const at = $<HTMLInputElement>("[name=when][value=at]", page);
    if (at) at.checked = true;
  });
  page.addEventListener("keydown", (event) => {
    if (isSend(event)) { event.preventDefault(); page.requestSubmit($<HTMLButtonElement>("[value=plan]", page)); }
  });
}

export function forget(): void {
  if (/[?&]done=(planned|added)/.test(location.search)) memory((store) => store.removeItem("write"));
}
