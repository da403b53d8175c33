// Live parts, drafts, keys. Every page works without it. An island is one line below.
import htmx from "htmx.org";
import { composer, forget } from "./composer";
import { menu, reply, toast } from "./inbox";
import { island, settle } from "./island";
import { keys } from "./keys";
import { listen, toEnd } from "./live";
import { palette } from "./palette";
import { copy, passkey } from "./passkey";
import { press } from "./press";
import { push, registerWorker } from "./push";
import { swipe } from "./swipe";
import { weekDrag } from "./week-drag";

island("#palette", palette);
island("form[data-passkey]", passkey);
island("[data-copy]", copy);
island("#push", push);
island("#reply", reply);
island("details.menu", menu);
island("[data-toast]", toast);
island("[data-swipe]", swipe);
island("#write", composer);
island("[data-week]", weekDrag);

listen();
toEnd();
press();
keys();
forget();
registerWorker();
settle();
document.addEventListener("htmx:after:swap", settle);
void htmx;
