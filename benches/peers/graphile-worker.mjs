// graphile-worker with what its documentation recommends for throughput: a local queue and completions in batches.
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { database, dueMs, inFlight, jobs, post, untilInputEnds } from "./post.mjs";

const logger = new Logger(() => () => {});

if (process.argv[2] === "load") {
  const utils = await makeWorkerUtils({ connectionString: database, logger });
  await utils.migrate();
  const all = jobs();
  for (let at = 0; at < all.length; at += 1_000) {
    const runAt = new Date(dueMs);
    await utils.addJobs(all.slice(at, at + 1_000).map((payload) => ({ identifier: "post", payload, runAt })));
  }
  await utils.release();
  process.exit(0);
}

const runner = await run({
  connectionString: database,
  noHandleSignals: true,
  logger,
  taskList: { post },
  preset: {
    worker: {
      concurrentJobs: inFlight,
      maxPoolSize: 20,
      pollInterval: 500,
      localQueue: { size: 500 },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
    },
  },
});
await untilInputEnds(() => runner.stop());
