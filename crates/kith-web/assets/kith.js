// Live parts, drafts, keys. Every page works without it.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const DRAFT_EVERY_MS = 2000;

  // An event carries names and numbers only; the page fetches what it shows.
  const title = document.title.replace(/^\(\d+\) /, "");
  let owed = Number($("[data-owed]")?.dataset.owed ?? 0);

  function count(now) {
    if (!Number.isFinite(now) || now === owed) return;
    owed = now;
    for (const badge of $$("[data-owed]")) {
      badge.dataset.owed = now;
      badge.hidden = !now;
      badge.firstChild.data = now > 99 ? "99+" : now;
    }
    document.title = now ? `(${now}) ${title}` : title;
    $("#announce").textContent = now ? `Waiting for you: ${now}.` : "Nobody is waiting.";
  }

  // With what the page's own address says besides.
  function address(part) {
    const url = new URL(part.dataset.live, location.href);
    if (url.pathname === location.pathname) new URLSearchParams(location.search).forEach((v, k) => url.searchParams.has(k) || url.searchParams.set(k, v));
    return url;
  }

  const end = () => $("#live-thread[data-live] > :last-child")?.scrollIntoView({ block: "end" });
  const busy = new Map(); // part: ask once more
  async function refresh(part) {
    if (busy.has(part)) return busy.set(part, true);
    busy.set(part, false);
    try {
      const answer = await fetch(address(part));
      if (answer.status === 401 || answer.redirected) return location.reload();
      const markup = await answer.text();
      const active = part.contains(document.activeElement) && document.activeElement;
      // What is being typed is not taken away; it is fetched with the next change.
      const typed = $$("input, textarea", part).some((field) => field.type !== "hidden" && field.value !== field.defaultValue);
      if (!answer.ok || typed || (active && active.matches("textarea, input"))) return;
      const focused = active && (active.getAttribute("href") ?? active.textContent);
      const open = $$("details[open][id]", part).map((one) => one.id);
      const { scrollHeight, scrollTop, clientHeight } = part.parentElement;
      part.innerHTML = markup;
      open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
      if (focused) $$("a, button, summary", part).find((a) => (a.getAttribute("href") ?? a.textContent) === focused)?.focus({ preventScroll: true });
      if (scrollHeight > clientHeight && scrollHeight - scrollTop - clientHeight < 80) end();
      if ($("#reply")) $$("a.q", part).find((a) => a.pathname === location.pathname)?.closest(".row").classList.add("on");
    } catch { /* offline */ } finally {
      const again = busy.get(part);
      busy.delete(part);
      if (again) refresh(part);
    }
  }

  if ($("[data-owed]")) {
    const source = new EventSource("/events");
    const fresh = (kind) => $$("[data-live]").forEach((part) => (!kind || part.dataset.on.split(" ").includes(kind)) && refresh(part));
    for (const kind of ["inbox", "plan", "channels", "notices"]) {
      source.addEventListener(kind, (event) => {
        try { count(JSON.parse(event.data).owed); } catch { /* no number */ }
        fresh(kind);
      });
    }
    // Also the first time: somebody may have written after the page was made and before it began to listen.
    source.onopen = () => fresh();
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }
  end();

  const box = $("#reply");
  if (box) {
    const key = "draft " + location.pathname.replace(/\/reply$/, "");
    const local = (...text) => { try { return text.length ? localStorage.setItem(key, text[0]) : localStorage.getItem(key); } catch { /* private */ } };
    const left = $("#left");
    const measure = () => {
      const rest = left.dataset.max - [...new Intl.Segmenter().segment(box.value)].length;
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
      if (stop.signal.aborted || text === kept) return;
      try {
        const answer = await fetch(box.dataset.draft, { method: "POST", body: new URLSearchParams({ text }), signal: stop.signal });
        if (!answer.ok) return;
        kept = text;
        $("#saved").textContent = text && "Draft kept";
      } catch { /* offline: tried again */ }
    }, DRAFT_EVERY_MS);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.metaKey || event.ctrlKey) && !event.isComposing) { event.preventDefault(); box.form.requestSubmit(); }
      if (event.key === "Escape") box.blur();
    });
    // A draft that arrives after its answer would come back.
    box.form.addEventListener("submit", () => { stop.abort(); if (navigator.onLine) local(""); });
  }

  // A post that is being written survives a closed window; it is forgotten when it is planned.
  const page = $("#write");
  const memory = (act) => { try { return act(localStorage); } catch { /* private */ } };
  if (page) {
    const texts = $$("textarea", page);
    if (texts.every((one) => !one.value)) {
      const kept = memory((store) => JSON.parse(store.getItem("write"))) ?? {};
      for (const one of texts) if (kept[one.name]) { one.value = kept[one.name]; one.closest("details")?.setAttribute("open", ""); }
    }
    page.addEventListener("input", () => memory((store) => store.setItem("write", JSON.stringify(Object.fromEntries(texts.map((one) => [one.name, one.value]))))));
    page.elements.at?.addEventListener("input", () => { $("[name=when][value=at]", page).checked = true; });
    page.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.metaKey || event.ctrlKey) && !event.isComposing) { event.preventDefault(); page.requestSubmit($("[value=plan]", page)); }
    });
  } else if (/[?&]done=(planned|added)/.test(location.search)) memory((store) => store.removeItem("write"));

  // A press is one press.
  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.pressed) return event.preventDefault();
    form.dataset.pressed = 1;
    const button = event.submitter ?? (form.id ? $(`button[form=${form.id}]`) : $("button", form));
    if (button) setTimeout(() => { button.disabled = true; if (form.dataset.busy) button.textContent = form.dataset.busy; });
  });

  // Keys, never while typing.
  addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest?.("input, textarea, select")) return;
    if (key === "j" || key === "k") {
      const links = $$(".row a.q, .post a.txt");
      const at = links.indexOf(document.activeElement);
      const from = at < 0 ? links.findIndex((a) => location.pathname === a.pathname) : at;
      const next = links[key === "j" ? Math.min(from + 1, links.length - 1) : Math.max(from - 1, 0)];
      if (next) { event.preventDefault(); next.focus(); }
    } else if (key === "c" && !page) {
      event.preventDefault();
      location.href = "/write";
    } else if (key === "r" && box) {
      event.preventDefault();
      box.focus();
    } else if (key === "Enter" && target === document.body) $("[data-begin]")?.click();
  });
})();
