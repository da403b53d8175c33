// Counts as networks count, at once, from the rule that the server gave with the box. The server's own count decides;
// tests/browser/write.test.mjs asks both about the same texts.
export interface Rule { measure: string; max: number; bytes: number | null; link: number | null; domains: boolean; beside: number }

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const LINK = /\bhttps?:\/\/[^\s<>"']+/gi;
const MENTION = /(^|[^=/\p{L}\p{N}_@])(@[a-zA-Z0-9_]+(?:[a-zA-Z0-9_.-]*[a-zA-Z0-9_])?)@[\p{L}\p{N}_]+(?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?/gu;
// What X's configuration 3 weighs a plain letter, any other and a link, in hundredths; and its plain letters.
const PLAIN = 100, OTHER = 200, LINK_WEIGHT = 2300;
const isPlain = (code: number) => code <= 4351 || (code >= 8192 && code <= 8205) || (code >= 8208 && code <= 8223) || (code >= 8242 && code <= 8247);
const EMOJI = /^\p{Extended_Pictographic}|^\p{Regional_Indicator}|\u20e3/u;

const graphemes = (text: string): string[] => Array.from(segmenter.segment(text), (one) => one.segment);
const isEmoji = (cluster: string) => cluster.length > 1 || cluster > "\u2100" ? EMOJI.test(cluster) && !/^[\x00-\x7f]+$/.test(cluster) && cluster[1] !== "\ufe0e" : false;

// A full stop behind a link ends the sentence, not the link; a bracket belongs to it if it was opened in it.
function trimmed(link: string): string {
  let end = link.length;
  for (;;) {
    const last = link[end - 1] ?? "";
    const opened = (a: string, b: string) => link.slice(0, end).split(b).length > link.slice(0, end).split(a).length;
    if (/[.,:;!?*_~|`'"]/.test(last) || (last === ")" && opened("(", ")")) || (last === "]" && opened("[", "]"))) end -= 1;
    else return link.slice(0, end);
  }
}

function eachLink(text: string, link: (found: string) => string, other: (between: string) => string): string {
  let out = "", at = 0;
  for (const match of text.matchAll(LINK)) {
    const found = trimmed(match[0]);
    out += other(text.slice(at, match.index)) + link(found);
    at = match.index + found.length;
  }
  return out + other(text.slice(at));
}

function weighted(text: string): number {
  let sum = 0;
  const rest = eachLink(text.normalize("NFC"), () => { sum += LINK_WEIGHT; return ""; }, (between) => between);
  for (const cluster of graphemes(rest)) sum += isEmoji(cluster) ? OTHER : [...cluster].reduce((all, letter) => all + (isPlain(letter.codePointAt(0) ?? 0) ? PLAIN : OTHER), 0);
  return Math.floor(sum / 100);
}

function part(rule: Rule, text: string): number {
  switch (rule.measure) {
    case "weighted": return weighted(text);
    case "utf16": return text.length;
    case "emoji_bytes": return graphemes(text).reduce((all, one) => all + (isEmoji(one) ? new TextEncoder().encode(one).length : [...one].length), 0);
    default: {
      const short = (between: string) => (rule.domains ? between : between.replace(MENTION, "$1$2"));
      const counted = eachLink(text, (link) => (rule.link === null ? link : "x".repeat(rule.link)), short);
      return graphemes(counted).length;
    }
  }
}

// The parts of a thread: a line of --- or +++ alone divides them.
export function parts(text: string): string[] {
  const all = text.split(/^[^\S\n]*(?:---|\+\+\+)[^\S\n]*$/m).map((one) => one.replace(/^[\n\r ]+|[\n\r ]+$/g, "")).filter(Boolean);
  return all.length > 1 ? all : [text];
}

// What the longest part uses, what fits, and by how many bytes it is too heavy, where bytes are a limit.
export function count(rule: Rule, text: string): { used: number; max: number; heavy: number } {
  const all = parts(text.trim());
  const used = Math.max(0, ...all.map((one) => part(rule, one))) + rule.beside;
  const bytes = Math.max(0, ...all.map((one) => new TextEncoder().encode(one).length));
  return { used, max: rule.max, heavy: rule.bytes === null ? 0 : Math.max(0, bytes - rule.bytes) };
}
