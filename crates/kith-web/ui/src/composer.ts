// The desk of a post: counts at once, shows what the server makes of it when typing rests, keeps a draft every two
// seconds, and takes pictures and videos with their progress. Without it the same form posts.
import { count, type Rule } from "./count";
import { $, $$, announce, isSend, memory } from "./island";

const LOOK_AFTER_MS = 300;
const KEEP_EVERY_MS = 2000;
const KEPT = "write ";
const SENT = "written";

type Fields = [string, string][];
interface Kept { version: string; fields: Fields }

export function composer(element: HTMLElement): void {
  const page = element as HTMLFormElement;
  page.classList.add("scripted");
  let dirty = false, leaving = false, clash = false;
  let arriving: XMLHttpRequest | undefined;
  let look: AbortController | undefined, timer = 0;
  let first = box("text")?.value ?? "";

  function box(name: string) { return $<HTMLTextAreaElement>(`textarea[name="${CSS.escape(name)}"]`, page); }
  const boxes = () => $$<HTMLTextAreaElement>("textarea[data-count]", page);
  const hidden = (name: string) => $<HTMLInputElement>(`input[name=${name}]`, page);
  const key = () => KEPT + (page.dataset.draft || "new");
  const fields = (): Fields => [...new FormData(page)].filter((pair): pair is [string, string] => typeof pair[1] === "string" && pair[0] !== "do");
  const saved = (text: string) => {
    const part = $("#saved .dim"), words = $("#saved .dim span");
    if (part && words) { part.hidden = !text; words.textContent = text; part.classList.toggle("odd", !text.startsWith("Saved")); }
  };

  // ---- counts
  function counts(): void {
    for (const one of boxes()) {
      const meta = $(`#meta-${one.name.replace(/[^a-zA-Z0-9]/g, "-")} .cnt`, page);
      if (!meta || !one.dataset.count) continue;
      const { used, max, heavy } = count(JSON.parse(one.dataset.count) as Rule, one.value);
      const left = max - used, over = left < 0 || heavy > 0;
      meta.classList.toggle("over", over);
      const words = $(".left", meta), ring = $(".ring", meta);
      if (words) words.textContent = left < 0 ? `−${-left} over` : heavy > 0 ? `−${heavy} bytes over` : `${left} left`;
      if (ring) ring.className = `ring at-${Math.min(20, Math.floor((used * 20) / Math.max(1, max)))}`;
    }
  }

  // Boxes that say what the first says go on doing so until somebody writes in them.
  function mirror(): void {
    const now = box("text")?.value ?? "";
    for (const one of boxes()) if (one.name !== "text" && one.value === first) one.value = now;
    first = now;
    const said = hidden("mirror");
    if (said) said.value = now;
  }

  // ---- what the server makes of it
  function place(html: string, whole: boolean): void {
    const next = new DOMParser().parseFromString(html, "text/html").querySelector<HTMLFormElement>("#write");
    if (!next) return;
    if (whole) {
      const focus = document.activeElement?.id, scroll = scrollY;
      page.replaceChildren(...next.childNodes);
      // It may have been kept since this answer was asked for: the version is the one that was kept last.
      name(page.dataset.draft ?? "", page.dataset.version ?? "0");
      if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
      scrollTo({ top: scroll, behavior: "instant" });
    } else {
      for (const part of $$("[data-part]", next)) {
        const here = document.getElementById(part.id);
        // Nobody's field is taken away while they are in it.
        if (!here || (here.contains(document.activeElement) && here.querySelector("input:focus, select:focus, textarea:focus"))) continue;
        if (here.innerHTML !== part.innerHTML) here.replaceChildren(...part.childNodes);
      }
      for (const one of $$<HTMLTextAreaElement>("textarea[data-count]", next)) {
        const here = box(one.name);
        if (here && one.dataset.count) here.dataset.count = one.dataset.count;
      }
    }
    counts();
  }

  async function ask(verb: string, whole: boolean): Promise<void> {
    look?.abort();
    look = new AbortController();
    const body = new URLSearchParams([...fields(), ["do", verb]]);
    try {
      const answer = await fetch("/write?live=1", { method: "POST", body, signal: look.signal });
      if (answer.ok || answer.status === 422) place(await answer.text(), whole);
    } catch { /* another look is on its way, or there is no network: the words stay */ }
  }
  const soon = () => { clearTimeout(timer); timer = setTimeout(() => void ask("look", false), LOOK_AFTER_MS); };

  // ---- keeping
  function local(): void {
    // A planned post that is changed is no draft: it is saved over the version that was read, or not at all.
    if (hidden("edit")) return;
    memory((store) => store.setItem(key(), JSON.stringify({ version: page.dataset.version ?? "0", fields: fields() } satisfies Kept)));
  }
  const written = () => boxes().some((one) => one.value.trim()) || $(".pic", page) !== null;

  async function keep(): Promise<void> {
    if (!dirty || leaving || clash || !page.isConnected || !written() || hidden("edit")) return;
    dirty = false;
    const before = key();
    try {
      const answer = await fetch("/write/draft", { method: "POST", body: new URLSearchParams(fields()) });
      if (answer.status === 409) { clash = true; dirty = true; saved("Not saved: somebody else saved this draft"); place(await answer.text(), false); $("#conflict button, #conflict a")?.focus(); return; }
      if (answer.status === 410) { name("", "0"); dirty = true; return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const { id, version, saved: at } = await answer.json() as { id: string; version: number; saved: string };
      name(id, String(version));
      // From now on it is kept under the draft's own name, whatever was typed meanwhile.
      memory((store) => { store.removeItem(before); store.removeItem(key()); });
      if (dirty) local();
      saved(`Saved ${at}`);
    } catch {
      dirty = true;
      saved("Kept in this browser; saved once Kith answers");
    }
  }
  function name(id: string, version: string): void {
    page.dataset.draft = id;
    page.dataset.version = version;
    const [draft, number] = [hidden("draft"), hidden("version")];
    if (draft) draft.value = id;
    if (number) number.value = version;
    if (id) history.replaceState(history.state, "", `/write?draft=${id}`);
  }

  // What a closed window or a lost network left behind comes back, and is saved over the version it was written on.
  function restore(): void {
    const text = memory((store) => store.getItem(key()));
    // A page that answers a press has what was typed in it already, and says what is wrong with it.
    if (!text || hidden("edit") || "answered" in page.dataset || (!page.dataset.draft && (written() || location.search))) return;
    const kept = JSON.parse(text) as Kept;
    for (const [field, value] of kept.fields) {
      if (["draft", "version", "offered", "mirror", "pic"].includes(field)) continue;
      const at = $$<HTMLInputElement>(`[name="${CSS.escape(field)}"]`, page);
      for (const one of at) {
        if (one.type === "checkbox" || one.type === "radio") one.checked = kept.fields.some(([name, set]) => name === field && set === one.value);
        else if (at.length === 1) one.value = value;
      }
    }
    const version = hidden("version");
    if (page.dataset.draft && version) version.value = page.dataset.version = kept.version;
    changed();
    void ask("look", true).then(() => {
      // Boxes of further channels are there only now.
      for (const [field, value] of kept.fields) if (field.startsWith("text:")) { const one = box(field); if (one) one.value = value; }
      changed();
    });
  }

  function changed(): void { dirty = true; local(); soon(); }

  // ---- pictures and videos
  const ids = (of: ParentNode) => $$<HTMLInputElement>(".pic > input[name=pic]", of);
  function refuse(words: string): void {
    const said = document.createElement("p");
    said.className = "problem";
    said.role = "alert";
    said.textContent = words;
    $("#refused", page)?.replaceChildren(said);
  }
  function bring(input: HTMLInputElement): void {
    const files = [...(input.files ?? [])], large = files.find((file) => file.size > Number(input.dataset.most));
    if (arriving) { refuse("Another file is still arriving. Choose this one again when it is there."); return; }
    if (large) { refuse(`${large.name}: it is larger than any of your channels takes; save it smaller, or link to it.`); return; }
    if (!files.length) return;
    const names = files.map((file) => file.name).join(", "), known = ids(page).map((one) => one.value);
    const request = arriving = new XMLHttpRequest();
    const done = (words: string) => {
      arriving = undefined;
      const bar = $("#up", page), field = $<HTMLInputElement>("#file", page);
      if (bar) bar.hidden = true;
      if (field) field.value = "";
      if (words) refuse(words);
    };
    request.open("POST", "/write/media?live=1");
    // Whoever writes on meanwhile may have drawn the form anew.
    request.upload.onprogress = (event) => { const bar = $<HTMLProgressElement>("#up", page); if (bar && event.lengthComputable) { bar.hidden = false; bar.value = (100 * event.loaded) / event.total; } };
    request.onload = () => {
      const next = new DOMParser().parseFromString(request.responseText, "text/html");
      if (!$("#write", next)) { done($("h1 + p", next)?.textContent || `${names}: it did not arrive whole; choose it again.`); return; }
      done("");
      // Only what is new is taken over: the words are those of now.
      for (const one of ids(next)) if (!known.includes(one.value)) $("#pictures", page)?.append(one.parentElement as Node);
      $("#refused", page)?.replaceChildren(...($("#refused", next)?.childNodes ?? []));
      const tile = $<HTMLInputElement>(".pic:last-child input[type=text]", page);
      if (ids(page).length > known.length) { announce(`${names} has arrived. Say what it shows.`); tile?.focus(); }
      changed();
    };
    request.onerror = () => done(`${names}: it did not arrive; look at your connection and choose it again.`);
    // What was typed goes first, so that it is there whatever becomes of the file.
    const form = new FormData(page);
    form.delete("do");
    form.delete("file");
    for (const file of files) form.append("file", file);
    request.send(form);
  }

  // ---- hands
  page.addEventListener("input", (event) => {
    const field = event.target as HTMLInputElement;
    if (field.type === "file") return;
    if (field.name === "text") mirror();
    if (field.name === "at" || field.name === "zone") { const at = $<HTMLInputElement>("[name=when][value=at]", page); if (at) at.checked = true; }
    counts();
    if (field.name === "on") { dirty = true; local(); void ask("look", true); return; }
    if (field.name.startsWith("deco:")) { const alt = $<HTMLInputElement>(`[name="${CSS.escape(field.name.replace("deco:", "alt:"))}"]`, page); if (alt) alt.disabled = field.checked; }
    changed();
  });
  page.addEventListener("change", (event) => {
    const field = event.target as HTMLInputElement;
    if (field.type === "file") bring(field);
  });
  page.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLButtonElement>("button[name=do]");
    if (button && /^(later|together|skip|up|down|drop|look)/.test(button.value)) {
      event.preventDefault();
      dirty = true;
      void ask(button.value, true).then(local);
    }
    const differ = (event.target as HTMLElement).closest<HTMLAnchorElement>("a.differ");
    if (differ) { event.preventDefault(); const one = $<HTMLTextAreaElement>(differ.hash, page); one?.focus(); one?.select(); }
    if ((event.target as HTMLElement).closest("[data-take]")) { leaving = true; memory((store) => store.removeItem(key())); }
  });
  page.addEventListener("submit", (event) => {
    if (arriving) { event.preventDefault(); refuse("A file is still arriving. Press again when it is there."); return; }
    leaving = true;
    look?.abort();
    clearTimeout(timer);
    local();
    memory((store) => store.setItem(SENT, key()));
  });
  page.addEventListener("keydown", (event) => {
    const press = (value: string) => { event.preventDefault(); page.requestSubmit($<HTMLButtonElement>(`button[value=${value}]:not([aria-hidden])`, page)); };
    if (isSend(event) && $("button[value=plan]", page)) press("plan");
    if (event.key === "s" && (event.metaKey || event.ctrlKey)) press("save");
  });
  addEventListener("beforeunload", (event) => { if (arriving || (dirty && !leaving && page.isConnected && written())) event.preventDefault(); });
  addEventListener("online", () => void keep());
  setInterval(() => void keep(), KEEP_EVERY_MS);
  restore();
  counts();
}

// What was planned or saved is not kept in the browser any more; what was refused is.
export function forget(): void {
  memory((store) => {
    const sent = store.getItem(SENT);
    store.removeItem(SENT);
    if (sent && /[?&](done=(planned|added|asked)|draft=)/.test(location.search)) store.removeItem(sent);
  });
}
