// Calls on this browser: asks for leave, subscribes, tells Kith. And the worker behind every page.
import { $, announce } from "./island";

export function registerWorker(): void {
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
  if ($("[data-owed]")) void navigator.serviceWorker.register("/sw.js").catch(() => { /* private window */ });
  // Whoever signs out leaves nothing to read on this device.
  addEventListener("submit", (event) => {
    if ((event.target as HTMLFormElement).action.endsWith("/sign-out")) navigator.serviceWorker.controller?.postMessage("forget");
  });
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
}

export function push(element: HTMLElement): void {
  const button = $<HTMLButtonElement>("[data-push-on]", element), no = $("[data-push-no]", element);
  const refuse = (why: string) => {
    const words = no && $("span", no);
    if (no && words) { no.hidden = false; words.textContent = why; }
  };
  if (!button) return;
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) {
    return refuse(window.isSecureContext
      ? "This browser can’t be called. On an iPhone, add Kith to the home screen first, then open it from there."
      : "A browser can be called only over https, or on this machine itself.");
  }
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      if ((await Notification.requestPermission()) !== "granted") {
        return refuse("This browser does not allow it. Allow notifications for this page in its settings, then press again.");
      }
      const worker = await navigator.serviceWorker.ready;
      const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(element.dataset.keyForPush ?? "") });
      const answer = await fetch("/settings/calls/browsers", {
        method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(subscription.toJSON()),
      });
      if (!answer.ok) return refuse("Kith could not keep it. Load the page anew and press again.");
      announce("This browser will be called.");
      location.assign("/settings/calls?done=stored");
    } catch {
      refuse("The browser’s push service did not answer. Press again in a while.");
    } finally { button.disabled = false; }
  });
}
