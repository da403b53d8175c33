// An island is one element that a script makes quicker or finer. It is found by a selector, set up once, and set up
// again when the server sends it anew. The page works without it.
type Setup = (element: HTMLElement) => void;

const islands: [string, Setup][] = [];
const done = new WeakMap<Element, Set<Setup>>();

export const $ = <E extends HTMLElement = HTMLElement>(selector: string, root: ParentNode = document) => root.querySelector<E>(selector);
export const $$ = <E extends HTMLElement = HTMLElement>(selector: string, root: ParentNode = document) => [...root.querySelectorAll<E>(selector)];

export function island(selector: string, setup: Setup): void {
  islands.push([selector, setup]);
}

// Sets up every island that is on the page now and was not before.
export function settle(): void {
  for (const [selector, setup] of islands) {
    for (const element of $$(selector)) {
      const before = done.get(element) ?? new Set();
      if (before.has(setup)) continue;
      done.set(element, before.add(setup));
      setup(element);
    }
  }
}

// What the page's one live region says to those who do not see it.
export function announce(text: string): void {
  const region = $("#announce");
  if (region) region.textContent = text;
}

// The browser's own memory; there is none in a private window, and then nothing is kept.
export function memory<T>(act: (store: Storage) => T): T | undefined {
  try { return act(localStorage); } catch { return undefined; }
}

// Ctrl-Enter and Command-Enter send.
export const isSend = (event: KeyboardEvent) => event.key === "Enter" && (event.metaKey || event.ctrlKey) && !event.isComposing;
