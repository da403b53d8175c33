// BullMQ on Redis, whose append-only file is synced as benches/run says.
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { dueMs, inFlight, jobs, post, untilInputEnds } from "./post.mjs";

const connection = { host: "127.0.0.1", port: Number(process.env.KITH_BENCH_REDIS_PORT), maxRetriesPerRequest: null };

if (process.argv[2] === "load") {
  // Loading is not measured: it need not wait for the disk.
  const redis = new Redis(connection);
  const [, fsync] = await redis.config("GET", "appendfsync");
  await redis.config("SET", "appendfsync", "no");
  const queue = new Queue("post", { connection });
  const all = jobs();
  for (let at = 0; at < all.length; at += 1_000) {
    const delay = Math.max(0, dueMs - Date.now());
    await queue.addBulk(all.slice(at, at + 1_000).map((data) => ({ name: "post", data, opts: { delay, removeOnComplete: true } })));
  }
  await queue.close();
  await redis.config("SET", "appendfsync", fsync);
  process.exit(0);
}

const worker = new Worker("post", (job) => post(job.data), { connection, concurrency: inFlight });
await worker.waitUntilReady();
await untilInputEnds(() => worker.close(true));
