// The reply box: counts, keeps the draft on the server every two seconds, and in the browser at once.
import { $, isSend, memory } from "./island";

const DRAFT_EVERY_MS = 2000;

export function reply(element: HTMLElement): void {
  const box = element as HTMLTextAreaElement, form = box.form;
  const key = "draft " + location.pathname.replace(/\/reply$/, "");
  const local = (...text: string[]) => memory((store) => (text.length ? store.setItem(key, text[0] ?? "") : store.getItem(key)));
  const left = $("#left");
  const measure = () => {
    if (!left) return;
    const rest = Number(left.dataset.max) - [...new Intl.Segmenter().segment(box.value)].length;
    left.textContent = rest < 0 ? `${-rest} too many` : `${rest} left`;
    left.classList.toggle("over", rest < 0);
  };
  const stop = new AbortController();
  let kept = box.value;
  box.value ||= local() ?? "";
  measure();
  box.addEventListener("input", () => { local(box.value); measure(); });
  setInterval(async () => {
    const text = box.value;
    if (stop.signal.aborted || text === kept || !box.isConnected) return;
    try {
      const answer = await fetch(box.dataset.draft ?? "", { method: "POST", body: new URLSearchParams({ text }), signal: stop.signal });
      if (!answer.ok) return;
      kept = text;
      const saved = $("#saved");
      if (saved) saved.textContent = text && "Draft kept";
    } catch { /* offline: tried again */ }
  }, DRAFT_EVERY_MS);
  box.addEventListener("keydown", (event) => {
    if (isSend(event)) { event.preventDefault(); form?.requestSubmit(); }
    if (event.key === "Escape") box.blur();
  });
  // A draft that arrives after its answer would come back.
  form?.addEventListener("submit", () => { stop.abort(); if (navigator.onLine) local(""); });
}
