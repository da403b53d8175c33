// Passkeys: the browser's own function is asked with what the server gave, and its answer goes into the form, which is
// then sent like any other. Without this script the form says that it can't.
import { $ } from "./island";

type Answer = Record<string, ArrayBuffer>;

const bytes = (text: string) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

export function passkey(element: HTMLElement): void {
  const form = element as HTMLFormElement;
  const button = $<HTMLButtonElement>("button", form), said = $("[data-said]", form);
  if (!button || !window.PublicKeyCredential) return;
  const say = (words: string) => { if (said) { said.textContent = words; said.hidden = !words; } };
  button.hidden = false;
  $("[data-without]", form)?.remove();
  // Browsers bind a passkey to a name, so an address of numbers has another one.
  if (form.dataset.origin && form.dataset.origin !== location.origin) {
    say(`Passkeys work at ${form.dataset.origin}. Open Kith there.`);
    button.disabled = true;
    return;
  }
  form.addEventListener("submit", (event) => {
    if (form.dataset.ready) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void run();
  }, { capture: true });

  async function run(): Promise<void> {
    say("");
    try {
      const asked = await fetch(form.dataset.ask ?? "", { method: "POST", headers: { accept: "application/json" } });
      if (!asked.ok) return say((await asked.json().catch(() => ({})))?.why ?? "Kith could not ask for a passkey just now. Try again.");
      const { key, options } = await asked.json();
      options.challenge = bytes(options.challenge);
      if (options.user) options.user.id = bytes(options.user.id);
      for (const known of options.excludeCredentials ?? []) known.id = bytes(known.id);
      const making = form.dataset.passkey === "make";
      const credential = (making ? await navigator.credentials.create({ publicKey: options }) : await navigator.credentials.get({ publicKey: options })) as PublicKeyCredential | null;
      if (!credential) return;
      const answer = credential.response as unknown as Answer;
      fill("key", key);
      fill("client_data", text(answer.clientDataJSON!));
      if (making) fill("attestation", text(answer.attestationObject!));
      else {
        fill("credential", credential.id);
        fill("data", text(answer.authenticatorData!));
        fill("signature", text(answer.signature!));
      }
      form.dataset.ready = "1";
      form.requestSubmit();
    } catch (error) {
      say((error as Error).name === "InvalidStateError" ? "This device has a passkey for Kith already." : "No passkey was used. Try again, or take another way in.");
    }
  }

  function fill(name: string, value: string): void {
    const field = form.elements.namedItem(name) as HTMLInputElement | null;
    if (field) field.value = value;
  }
}

// Copies what another element shows; the button is there only where the script is.
export function copy(element: HTMLElement): void {
  element.hidden = false;
  element.addEventListener("click", async () => {
    await navigator.clipboard.writeText($(element.dataset.copy ?? "")?.textContent ?? "");
    element.textContent = "Copied";
  });
}
