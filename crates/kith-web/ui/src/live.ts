// Live parts: an event carries names and numbers only; the page fetches what it shows and morphs it in place.
import htmx from "htmx.org";
import { $, $$, announce, settle } from "./island";

const KINDS = ["inbox", "plan", "channels", "notices", "people", "drafts"];
const title = document.title.replace(/^\(\d+\) /, "");
const busy = new Map<HTMLElement, boolean>(); // part: ask once more
let owed = Number($("[data-owed]")?.dataset.owed ?? 0);

function count(now: number): void {
  if (!Number.isFinite(now) || now === owed) return;
  owed = now;
  for (const badge of $$("[data-owed]")) {
    badge.dataset.owed = String(now);
    badge.hidden = !now;
    if (badge.firstChild) badge.firstChild.nodeValue = now > 99 ? "99+" : String(now);
  }
  document.title = now ? `(${now}) ${title}` : title;
  announce(now ? `Waiting for you: ${now}.` : "Nobody is waiting.");
}

// With what the page's own address says besides.
function address(part: HTMLElement): URL {
  const url = new URL(part.dataset.live ?? "", location.href);
  if (url.pathname === location.pathname) new URLSearchParams(location.search).forEach((v, k) => url.searchParams.has(k) || url.searchParams.set(k, v));
  return url;
}

export const toEnd = () => $("#live-thread[data-live] > :last-child")?.scrollIntoView({ block: "end" });

const isTyped = (field: HTMLInputElement | HTMLTextAreaElement) =>
  field.type !== "hidden" && field.type !== "checkbox" && field.type !== "radio" && field.value !== field.defaultValue;

export async function refresh(part: HTMLElement): Promise<void> {
  if (busy.has(part)) { busy.set(part, true); return; }
  busy.set(part, false);
  try {
    const answer = await fetch(address(part), { headers: { "HX-Request": "true" } });
    if (answer.status === 401 || answer.redirected) return location.reload();
    const text = await answer.text();
    const active = part.contains(document.activeElement) ? document.activeElement : null;
    // What is being typed is not taken away; it is fetched with the next change.
    const typed = $$<HTMLInputElement>("input, textarea", part).some(isTyped);
    if (!answer.ok || typed || active?.matches("textarea, input, select")) return;
    const open = $$("details[open][id]", part).map((one) => one.id);
    const focused = active && (active.getAttribute("href") ?? active.textContent);
    const { scrollHeight, scrollTop, clientHeight } = part.parentElement ?? part;
    await htmx.swap({ text, target: part, sourceElement: part, swap: "innerMorph" });
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    if (focused && !part.contains(document.activeElement)) {
      $$("a, button, summary", part).find((one) => (one.getAttribute("href") ?? one.textContent) === focused)?.focus({ preventScroll: true });
    }
    if (scrollHeight > clientHeight && scrollHeight - scrollTop - clientHeight < 80) toEnd();
    if ($("#reply")) $$<HTMLAnchorElement>("a.q", part).find((a) => a.pathname === location.pathname)?.closest(".row")?.classList.add("on");
    settle();
  } catch { /* offline */ } finally {
    const again = busy.get(part);
    busy.delete(part);
    if (again) void refresh(part);
  }
}

// One stream for all tabs: a browser keeps only six connections to a server of HTTP/1.1, and each page would take one for
// as long as it is open. The tab that holds the lock listens and passes on what it hears; when it closes, the next one
// does. Without locks (no https) each tab listens for itself.
const SHARED = "kith-events";

export function listen(): void {
  if (!$("[data-owed]")) return;
  const channel = "BroadcastChannel" in window && "locks" in navigator ? new BroadcastChannel(SHARED) : null;
  let source: EventSource | undefined, release: (() => void) | undefined;
  const fresh = (kind: string) => $$("[data-live]").forEach((part) => {
    if (!kind || (part.dataset.on ?? "").split(" ").includes(kind)) void refresh(part);
  });
  // A kind of "" is a stream that began (anew): what happened before it is not known, so everything is fetched.
  const heard = (kind: string, data: string) => {
    try { count(JSON.parse(data).owed); } catch { /* no number */ }
    fresh(kind);
    if (kind) document.dispatchEvent(new CustomEvent("kith:" + kind));
  };
  const tell = (kind: string, data: string) => { channel?.postMessage({ kind, data }); heard(kind, data); };
  const open = () => {
    source = new EventSource("/events");
    for (const kind of KINDS) source.addEventListener(kind, (event) => tell(kind, (event as MessageEvent<string>).data));
    source.onopen = () => tell("", "");
  };
  const lead = () => new Promise<void>((done) => { release = done; open(); });
  if (channel) {
    channel.onmessage = (event: MessageEvent<{ kind: string; data: string }>) => heard(event.data.kind, event.data.data);
    void navigator.locks.request(SHARED, { ifAvailable: true }, (lock) => {
      if (lock) return lead();
      // Another tab listens already; somebody may have written after this page was made.
      fresh("");
      void navigator.locks.request(SHARED, lead);
      return undefined;
    });
  } else open();
  addEventListener("pagehide", () => { source?.close(); release?.(); });
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
