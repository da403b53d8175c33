// The week: a post is dragged to another day and time, or moved by keys (M, arrows, Enter, Escape). The server decides;
// what it refuses goes back to where it stood, and it says why. Only days that changed are swapped.
import { $, $$, announce, settle } from "./island";

const STEP_MIN = 15;
const DAY_MIN = 24 * 60;
const FAR_PX = 5; // before that a press is a click

type Place = { day: number; minute: number };
type Held = { card: HTMLElement; from: Place; at: Place; byKeys: boolean };

const two = (n: number) => String(n).padStart(2, "0");
const clock = (minute: number) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;

let week: HTMLElement;
let held: Held | undefined;
let late = false; // something changed while a post was held

const days = () => $$(".grid .day", week);
const grid = () => $(".grid", week) as HTMLElement;
const first = () => Number(grid().dataset.first) * 60;
const hourPx = () => (days()[0]?.offsetHeight ?? 750) / (days()[0] ? $$(".hours span", week).length : 15);

export async function fresh(): Promise<void> {
  if (held) { late = true; return; }
  late = false;
  const url = new URL(week.dataset.week ?? "", location.href);
  const post = new URLSearchParams(location.search).get("post");
  if (post) url.searchParams.set("post", post);
  const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => undefined);
  if (!answer?.ok || answer.redirected) return;
  const next = document.createElement("div");
  next.innerHTML = await answer.text();
  const old = $$("[data-v]", week);
  const came = $$("[data-v]", next);
  const sameHours = $(".grid", next)?.className === grid().className;
  const focus = document.activeElement?.getAttribute("href");
  if (!sameHours || old.map((e) => e.id).join() !== came.map((e) => e.id).join()) week.replaceChildren(...next.childNodes);
  else came.forEach((e, i) => { if (e.dataset.v !== old[i]?.dataset.v) old[i]?.replaceWith(e); });
  const tray = $("#tray", next);
  if (tray && tray.innerHTML !== $("#tray", week)?.innerHTML) $("#tray", week)?.replaceWith(tray);
  if (focus && document.activeElement === document.body) $$("a", week).find((a) => a.getAttribute("href") === focus && a.checkVisibility())?.focus({ preventScroll: true });
  settle();
}

function tell(words: string, refused = false): void {
  const line = $("#move-told");
  if (!line) return;
  line.textContent = words;
  line.classList.toggle("no", refused);
}

const label = (at: Place) => `${days()[at.day]?.dataset.words ?? ""}, ${clock(at.minute)}`;

function placeOf(card: HTMLElement): Place {
  const [date = "", time = "0:0"] = (card.dataset.at ?? "").split("T");
  const [h = 0, m = 0] = time.split(":").map(Number);
  return { day: days().findIndex((day) => day.dataset.day === date), minute: h * 60 + m };
}

function show({ card, from, at }: Held): void {
  const width = days()[at.day]!.getBoundingClientRect().left - days()[from.day]!.getBoundingClientRect().left;
  card.style.translate = `${width}px ${((at.minute - from.minute) / 60) * hourPx()}px`;
  const time = $("time", card);
  if (time) time.textContent = clock(at.minute);
  days().forEach((day, i) => day.classList.toggle("over", i === at.day));
}

function letGo({ card, from }: Held): void {
  card.classList.remove("moving", "sending");
  card.style.translate = "";
  const time = $("time", card);
  if (time) time.textContent = clock(from.minute);
  days().forEach((day) => day.classList.remove("over"));
  held = undefined;
  if (late) void fresh();
}

const civil = (at: Place) => `${days()[at.day]?.dataset.day}T${clock(at.minute)}`;

async function put(now: Held): Promise<void> {
  if (now.at.day === now.from.day && now.at.minute === now.from.minute) { letGo(now); return tell("It stays where it is."); }
  now.card.classList.add("sending");
  const answer = await fetch(`/plan/${now.card.dataset.move}/move`, {
    method: "POST", body: new URLSearchParams({ at: civil(now.at) }), headers: { "HX-Request": "true" },
  }).catch(() => undefined);
  const words = answer ? await answer.text() : "Not moved: the server can not be reached. Try again.";
  const plain = answer?.headers.get("content-type")?.startsWith("text/plain");
  const href = now.card.getAttribute("href");
  const byKeys = now.byKeys;
  // What was moved stays where it was put until the week is there anew: no jump back, and the words are true when they come.
  held = undefined;
  if (answer?.ok || !plain) await fresh();
  letGo(now);
  tell(plain || !answer ? words : "Not moved: it has changed meanwhile. Look again.", !answer?.ok);
  if (byKeys) $$("a.wp", grid()).find((a) => a.getAttribute("href") === href)?.focus();
}

function byPointer(card: HTMLElement, down: PointerEvent): void {
  const isDraft = !!card.dataset.place;
  const from = isDraft ? { day: 0, minute: 0 } : placeOf(card);
  if (from.day < 0) return;
  const grabbed = down.clientY - card.getBoundingClientRect().top;
  let at: Place | undefined;
  const move = (event: PointerEvent) => {
    if (event.pointerId !== down.pointerId) return;
    if (!held && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < FAR_PX) return;
    if (!held) {
      held = { card, from, at: from, byKeys: false };
      card.classList.add("moving");
      card.setPointerCapture(down.pointerId);
    }
    const columns = days().map((day) => day.getBoundingClientRect());
    const day = columns.findIndex((box) => event.clientX >= box.left && event.clientX < box.right);
    const box = columns[day];
    if (isDraft) {
      card.style.translate = `${event.clientX - down.clientX}px ${event.clientY - down.clientY}px`;
      at = box && event.clientY > box.top ? { day, minute: snap(first() + ((event.clientY - box.top) / hourPx()) * 60) } : undefined;
      days().forEach((one, i) => one.classList.toggle("over", i === at?.day));
    } else if (box) {
      held.at = { day, minute: snap(first() + ((event.clientY - grabbed - box.top) / hourPx()) * 60) };
      show(held);
    }
  };
  const end = (event: PointerEvent) => {
    for (const [kind, fn] of [["pointermove", move], ["pointerup", end], ["pointercancel", end]] as const) removeEventListener(kind, fn as EventListener);
    removeEventListener("keydown", escape, true);
    if (!held) return;
    addEventListener("click", stop, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", stop, true));
    if (event.type !== "pointerup") return letGo(held);
    if (!isDraft) return void put(held);
    letGo(held);
    if (at) location.assign(`${card.dataset.place}&at=${civil(at)}`);
  };
  const stop = (event: Event) => { event.preventDefault(); event.stopPropagation(); };
  const escape = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !held) return;
    stop(event);
    end(new PointerEvent("pointercancel"));
    tell("It stays where it was.");
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
  addEventListener("keydown", escape, true);
}

const snap = (minute: number) => Math.min(Math.max(Math.round(minute / STEP_MIN) * STEP_MIN, 0), DAY_MIN - STEP_MIN);

function byKey(event: KeyboardEvent): void {
  const card = (event.target as HTMLElement).closest<HTMLElement>(".wp");
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
  const done = () => { event.preventDefault(); event.stopPropagation(); };
  if (!held) {
    if (event.key !== "m") return;
    done();
    if (!card.dataset.move) return tell("This one can not be moved any more.", true);
    const from = placeOf(card);
    if (from.day < 0) return;
    held = { card, from, at: { ...from }, byKeys: true };
    card.classList.add("moving");
    return tell(`Moving from ${label(from)}. Arrows choose day and time, Enter puts it there, Escape leaves it.`);
  }
  if (!held.byKeys) return;
  const { at } = held;
  const step: Record<string, () => void> = {
    ArrowLeft: () => { at.day = Math.max(at.day - 1, 0); },
    ArrowRight: () => { at.day = Math.min(at.day + 1, 6); },
    ArrowUp: () => { at.minute = Math.max(snap(at.minute - STEP_MIN), 0); },
    ArrowDown: () => { at.minute = snap(at.minute + STEP_MIN); },
  };
  if (step[event.key]) { done(); step[event.key]!(); show(held); announce(label(at)); }
  else if (event.key === "Enter") { done(); void put(held); }
  else if (event.key === "Escape") { done(); letGo(held); tell("It stays where it was."); }
}

export function weekDrag(element: HTMLElement): void {
  week = element;
  week.addEventListener("keydown", byKey);
  week.addEventListener("focusout", () => { if (held?.byKeys && !held.card.classList.contains("sending")) { letGo(held); tell("It stays where it was."); } });
  week.addEventListener("pointerdown", (event) => {
    const card = (event.target as HTMLElement).closest<HTMLElement>("[data-move], [data-place]");
    if (card && event.button === 0 && !held) byPointer(card, event);
  });
  week.addEventListener("dragstart", (event) => event.preventDefault());
  document.addEventListener("kith:plan", () => void fresh());
  document.addEventListener("kith:drafts", () => void fresh());
  $(".nowline", week)?.scrollIntoView({ block: "nearest" });
}
