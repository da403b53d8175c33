// pg-boss with large batches and its shortest polling interval.
import { PgBoss } from "pg-boss";
import { database, dueMs, inFlight, jobs, post, untilInputEnds } from "./post.mjs";

const boss = new PgBoss({ connectionString: database, supervise: false, schedule: false, max: 20 });
boss.on("error", (error) => console.error(error.message));
await boss.start();

if (process.argv[2] === "load") {
  await boss.createQueue("post");
  const all = jobs();
  for (let at = 0; at < all.length; at += 1_000) {
    await boss.insert("post", all.slice(at, at + 1_000).map((data) => ({ data, startAfter: new Date(dueMs) })));
  }
  await boss.stop({ graceful: false });
  process.exit(0);
}

// Two workers take turns: while the jobs of one are out, the other fetches.
for (let worker = 0; worker < 2; worker += 1) {
  await boss.work("post", { batchSize: inFlight, pollingIntervalSeconds: 0.5 }, (batch) => Promise.all(batch.map((job) => post(job.data))));
}
await untilInputEnds(() => boss.stop({ graceful: false }));
