// The inbox: the reply box keeps what is typed, sends without losing it, and says what became of it; menus and toasts.
import { $, $$, announce, isSend, memory, settle } from "./island";

const DRAFT_EVERY_MS = 2000;
const TOAST_MS = 10_000;

const OFFLINE = "You are offline, so nothing was sent. Your words are kept here; send them again when you are back.";
const NO_WORD = "No word came back from Kith. Your words are kept here. Send them again: if they went out, that is found, and nothing goes out twice.";

// What went wrong stands above the box, as the server says it too.
function trouble(box: HTMLTextAreaElement, text: string): void {
  const reply = box.closest(".reply"), frame = box.closest(".box");
  if (!reply || !frame) return;
  let line = $("#reply-problem", reply);
  if (!text) { line?.remove(); frame.classList.remove("wrong"); box.removeAttribute("aria-invalid"); return; }
  if (!line) {
    line = document.createElement("p");
    line.id = "reply-problem";
    line.className = "problem";
    line.setAttribute("role", "alert");
    frame.before(line);
  }
  line.textContent = text;
  frame.classList.add("wrong");
  box.setAttribute("aria-invalid", "true");
  const button = $("button[form=answer]", reply);
  if (button?.firstChild) button.firstChild.nodeValue = "Send again ";
}

export function reply(element: HTMLElement): void {
  const box = element as HTMLTextAreaElement, form = box.form;
  const address = box.dataset.draft ?? "", key = "draft " + address;
  const field = (name: string) => $<HTMLInputElement>(`[name=${name}]`, form ?? document);
  const local = (...text: string[]) => memory((store) => (text.length ? (text[0] ? store.setItem(key, text[0]) : store.removeItem(key)) : store.getItem(key)));
  const left = $("#left"), saved = $("#saved");
  const measure = () => {
    if (!left) return;
    const rest = Number(left.dataset.max) - [...new Intl.Segmenter().segment(box.value)].length;
    left.textContent = rest < 0 ? `${-rest} too many` : `${rest} left`;
    left.classList.toggle("over", rest < 0);
  };
  let kept = box.value, sending = false, asks = false;
  if (!box.value) box.value = local() || "";
  measure();
  box.addEventListener("input", () => { local(box.value); measure(); });

  const keep = async () => {
    const text = box.value;
    if (sending || asks || text === kept || !box.isConnected) return;
    try {
      const body = new URLSearchParams({ text, version: field("version")?.value ?? "0", box: field("gesture")?.value ?? "" });
      const answer = await fetch(address, { method: "POST", body });
      if (sending) return;
      if (answer.status === 409) return both(await answer.json());
      if (!answer.ok) return;
      kept = text;
      const { version } = await answer.json();
      const known = field("version");
      if (known) known.value = String(version);
      if (saved) saved.textContent = text && "Draft kept";
    } catch { if (saved) saved.textContent = "Kept on this device only: Kith can't be reached"; }
  };
  setInterval(keep, DRAFT_EVERY_MS);

  // Another tab wrote too: both texts stand here, and she chooses.
  const both = ({ version, theirs }: { version: number; theirs: string }) => {
    asks = true;
    const part = document.createElement("section");
    part.className = "other";
    part.setAttribute("aria-label", "Typed in another tab");
    const lead = document.createElement("p"), words = document.createElement("p");
    lead.className = "dim";
    lead.textContent = "Another tab has this text for the same answer. Yours is kept too.";
    words.className = "voice";
    words.textContent = theirs;
    const choose = (label: string, act: () => void) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn s";
      button.textContent = label;
      button.addEventListener("click", () => { act(); asks = false; part.remove(); measure(); local(box.value); box.focus(); void keep(); });
      return button;
    };
    const known = field("version");
    if (known) known.value = String(version);
    part.append(lead, words, choose("Keep mine", () => { kept = ""; }), choose("Take the other", () => { box.value = theirs; kept = ""; }));
    box.closest(".box")?.before(part);
    announce("Another tab has another text for this answer. Both are kept.");
  };

  box.addEventListener("keydown", (event) => {
    if (isSend(event)) { event.preventDefault(); form?.requestSubmit(); }
    if (event.key === "Escape") box.blur();
  });

  // The words stay until the network has said yes. A press that got no word keeps its gesture, so that the next one
  // is the same answer.
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    const free = () => { sending = false; box.readOnly = false; form.dispatchEvent(new CustomEvent("htmx:finally:request")); };
    local(box.value);
    sending = true;
    box.readOnly = true;
    trouble(box, "");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form) as never), headers: { Accept: "text/html" } });
      if (answer.ok && answer.redirected) { local(""); location.href = answer.url; return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const mine = box.closest(".reply"), theirs = $(".reply #reply", page)?.closest(".reply");
      free();
      if (mine && theirs) {
        mine.replaceWith(document.adoptNode(theirs));
        settle();
        $("#reply")?.focus();
      } else trouble(box, $("main p", page)?.textContent || NO_WORD);
    } catch {
      // After its own release the press shows its label again; what went wrong is said after that.
      setTimeout(() => { free(); trouble(box, navigator.onLine ? NO_WORD : OFFLINE); });
    }
  });
}

addEventListener("online", () => {
  const box = $<HTMLTextAreaElement>("#reply");
  if (box && $("#reply-problem")?.textContent === OFFLINE) { trouble(box, ""); announce("You are back online. Nothing was sent meanwhile."); }
});

// A menu closes by Escape and by a press elsewhere, and begins at its first entry.
export function menu(element: HTMLElement): void {
  const details = element as HTMLDetailsElement, summary = $("summary", details);
  details.addEventListener("toggle", () => { if (details.open) $("button, a", $(".pop", details) ?? details)?.focus(); });
  details.addEventListener("keydown", (event) => {
    if (!details.open) return;
    const entries = $$("button, a, input", $(".pop", details) ?? details), at = entries.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); details.open = false; summary?.focus(); }
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      entries[(at + (event.key === "ArrowDown" ? 1 : entries.length - 1)) % entries.length]?.focus();
    }
  });
  addEventListener("click", (event) => { if (details.open && !details.contains(event.target as Node)) details.open = false; });
}

// A toast goes after ten seconds, unless somebody is about to press its undo; a page loaded anew does not say it again.
export function toast(element: HTMLElement): void {
  const url = new URL(location.href);
  for (const name of ["told", "who", "change"]) url.searchParams.delete(name);
  history.replaceState(history.state, "", url);
  const go = () => (element.matches(":hover, :focus-within") ? setTimeout(go, TOAST_MS / 4) : element.remove());
  setTimeout(go, TOAST_MS);
}
