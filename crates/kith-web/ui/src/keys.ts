// Keys, never while typing. A control names its key by `data-key="e"`; what a letter does is what its control does,
// so no key does anything that a pointer can't. `g` and then a letter goes to a place.
import { $, $$, memory } from "./island";

const SECOND_KEY_MS = 1200;
const OFF = "keys off";
let goes = 0;

export const areOff = () => memory((store) => store.getItem(OFF)) === "1";
export const turn = (off: boolean) => memory((store) => (off ? store.setItem(OFF, "1") : store.removeItem(OFF)));

function step(down: boolean): boolean {
  const links = $$<HTMLAnchorElement>("[data-step], .row a.q, .post a.txt");
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  const from = at < 0 ? links.findIndex((a) => location.pathname === a.pathname) : at;
  const next = links[down ? Math.min(from + 1, links.length - 1) : Math.max(from - 1, 0)];
  next?.focus();
  return !!next;
}

const isShown = (one: HTMLElement) => one.checkVisibility?.() !== false && !one.closest("[inert]");

export function keys(): void {
  addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog")) return;
    const { key } = event;
    if (areOff() && key !== "Enter") return;
    const done = () => event.preventDefault();
    if (goes && event.timeStamp - goes < SECOND_KEY_MS) {
      goes = 0;
      const place = $<HTMLAnchorElement>(`[data-go="${CSS.escape(key)}"]`);
      if (place) { done(); place.click(); }
      return;
    }
    goes = 0;
    const control = $$(`[data-key="${CSS.escape(key)}"]`).find(isShown);
    if (control) {
      done();
      if (control.matches("input, textarea, select")) control.focus(); else control.click();
    } else if (key === "g") goes = event.timeStamp;
    else if (key === "j" || key === "k") step(key === "j") && done();
    else if (key === "r" && $("#reply")) { done(); $("#reply")?.focus(); }
    else if (key === "Enter" && target === document.body) $("[data-begin]")?.click();
  });
}
