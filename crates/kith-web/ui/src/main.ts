// Live parts, drafts, keys. Every page works without it. An island is one line below.
import htmx from "htmx.org";
import { composer, forget } from "./composer";
import { island, settle } from "./island";
import { keys } from "./keys";
import { listen, toEnd } from "./live";
import { palette } from "./palette";
import { press } from "./press";
import { reply } from "./reply";

island("#palette", palette);
island("#reply", reply);
island("#write", composer);

listen();
toEnd();
press();
keys();
forget();
settle();
document.addEventListener("htmx:after:swap", settle);
void htmx;
