// The worker behind the page: keeps style, script, fonts and the last Today, shows that last Today without a network,
// and shows a call. It never sends anything: an answer is given by a person who is there.
export {};

interface Worker extends EventTarget {
  KEEP: string[];
  registration: { showNotification(title: string, options: object): Promise<void> };
  clients: {
    claim(): Promise<void>;
    matchAll(options: object): Promise<{ url: string; focus(): Promise<unknown>; navigate(url: string): Promise<unknown> }[]>;
    openWindow(url: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
}
interface Later extends Event { waitUntil(done: Promise<unknown>): void }
interface Asked extends Later { request: Request; respondWith(answer: Promise<Response>): void }
interface Pushed extends Later { data?: { json(): { title: string; body: string; path: string; tag: string } } }
interface Pressed extends Later { notification: { data: string; close(): void } }

const worker = self as unknown as Worker;
const STORE = "kith-1", TODAY = "/";

worker.addEventListener("install", (event) => (event as Later).waitUntil((async () => {
  const store = await caches.open(STORE);
  await store.addAll(worker.KEEP);
  await worker.skipWaiting();
})()));

worker.addEventListener("activate", (event) => (event as Later).waitUntil((async () => {
  // What an earlier version kept under other hashes is no use any more.
  const store = await caches.open(STORE);
  for (const one of await store.keys()) {
    const path = new URL(one.url).pathname;
    if (path !== TODAY && !worker.KEEP.includes(path)) await store.delete(one);
  }
  await worker.clients.claim();
})()));

worker.addEventListener("fetch", (event) => {
  const asked = event as Asked, { request } = asked, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (worker.KEEP.includes(url.pathname)) {
    asked.respondWith((async () => (await caches.match(url.pathname)) ?? fetch(request))());
  } else if (request.mode === "navigate") {
    asked.respondWith((async () => {
      try {
        const answer = await fetch(request);
        const store = await caches.open(STORE);
        // The last Today stays on the device, for reading; signed out, it goes.
        if (url.pathname === TODAY && !url.search && answer.ok && !answer.redirected) await store.put(TODAY, answer.clone());
        if (answer.redirected && new URL(answer.url).pathname === "/sign-in") await store.delete(TODAY);
        return answer;
      } catch {
        const last = url.pathname === TODAY ? await caches.match(TODAY) : undefined;
        return last ?? (await caches.match("/offline")) ?? Response.error();
      }
    })());
  }
});

worker.addEventListener("message", (event) => {
  if ((event as MessageEvent).data === "forget") void caches.open(STORE).then((store) => store.delete(TODAY));
});

worker.addEventListener("push", (event) => {
  const pushed = event as Pushed;
  let call = { title: "Kith", body: "Something waits for you.", path: "/", tag: "kith" };
  try { call = { ...call, ...pushed.data?.json() }; } catch { /* said in general words */ }
  pushed.waitUntil(worker.registration.showNotification(call.title, { body: call.body, tag: call.tag, data: call.path }));
});

worker.addEventListener("notificationclick", (event) => {
  const pressed = event as Pressed;
  pressed.notification.close();
  // Only a path of this very page is followed.
  const to = new URL(pressed.notification.data || "/", location.origin);
  const path = to.origin === location.origin ? to.pathname + to.search : "/";
  pressed.waitUntil((async () => {
    const open = (await worker.clients.matchAll({ type: "window" }))[0];
    if (!open) return worker.clients.openWindow(path);
    await open.navigate(path);
    return open.focus();
  })());
});
