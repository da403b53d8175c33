// A swipe on a row of the inbox, on a touch screen: to the right it is done, to the left it comes back tomorrow. The
// same stands as buttons in the conversation, and both can be taken back where it leads.
import { announce } from "./island";

const FIRE_PX = 96;
const BEGIN_PX = 12;

export function swipe(row: HTMLElement): void {
  const to = row.dataset.swipe ?? "";
  let x = 0, y = 0, by = 0, on = false;
  const still = () => { on = false; by = 0; row.style.transform = ""; delete row.dataset.will; };
  row.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch" || !event.isPrimary) return;
    ({ clientX: x, clientY: y } = event);
    on = true;
  });
  row.addEventListener("pointermove", (event) => {
    if (!on) return;
    const dx = event.clientX - x, dy = event.clientY - y;
    // The page scrolls up and down as ever; only a way that is plainly sideways is a swipe.
    if (!by && Math.abs(dy) > BEGIN_PX) return still();
    if (!by && (Math.abs(dx) < BEGIN_PX || Math.abs(dx) < 2 * Math.abs(dy))) return;
    if (!by) row.setPointerCapture(event.pointerId);
    by = dx;
    row.style.transform = `translateX(${dx}px)`;
    row.dataset.will = Math.abs(dx) < FIRE_PX ? "" : dx > 0 ? "Done" : "Tomorrow";
  });
  row.addEventListener("pointercancel", still);
  row.addEventListener("pointerup", () => {
    const went = by;
    if (!on) return;
    still();
    if (Math.abs(went) < FIRE_PX) return;
    announce(went > 0 ? "Done" : "Later, tomorrow");
    const form = document.createElement("form");
    form.method = "post";
    form.action = to;
    for (const [name, value] of went > 0 ? [["verb", "done"], ["list", "yes"]] : [["verb", "later"], ["when", "tomorrow"], ["list", "yes"]]) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name ?? "";
      field.value = value ?? "";
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  });
}
