// What every peer does with a job: one POST of about 1 KB, over kept connections, as fast as Node can.
// undici's pool is the quickest client of Node; `fetch` would cost the peers more.
import { Pool } from "undici";

const env = process.env;
export const posts = Number(env.KITH_BENCH_POSTS);
export const channels = Number(env.KITH_BENCH_CHANNELS);
export const dueMs = Number(env.KITH_BENCH_DUE_MS);
export const inFlight = Number(env.KITH_BENCH_IN_FLIGHT ?? 256);
export const database = env.KITH_BENCH_DATABASE;

const target = new URL(env.KITH_BENCH_POST_URL);
const pool = new Pool(target.origin, { connections: inFlight, pipelining: 1 });

export const jobs = () => Array.from({ length: posts }, (_, n) => ({ n, channel: n % channels }));

export async function post({ n, channel }) {
  const { statusCode, body } = await pool.request({
    path: target.pathname,
    method: "POST",
    headers: {
      "content-type": "application/json",
      "idempotency-key": `job-${n}`,
      authorization: `Bearer bench-${channel}`,
    },
    body: JSON.stringify({ status: `#${n} ${env.KITH_BENCH_WORDS}`, language: "en", sensitive: false, visibility: "public" }),
  });
  const answer = await body.json();
  if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`);
  return answer.id;
}

// Says that it works, and ends when the bench closes the input.
export async function untilInputEnds(stop) {
  console.log("ready");
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.on("end", resolve));
  const late = setTimeout(() => process.exit(0), 5_000);
  late.unref();
  await stop();
  process.exit(0);
}
