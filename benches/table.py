"""Medians and ratios of `make bench`: reads the lines of JSON, prints Markdown tables for docs/performance.md."""

import json
import statistics
import sys


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip().startswith("{")]


def middle(rows, key):
    return statistics.median(row[key] for row in rows)


def bursts(rows, limits):
    groups = {}
    for row in rows:
        groups.setdefault((row["posts"], row["api_ms"]), {}).setdefault(row["engine"], []).append(row)
    for (posts, api_ms), engines in groups.items():
        ideal = next(iter(engines.values()))[0]["in_order_ideal_ms"] / 1000
        print(f"\n{posts} posts of {next(iter(engines.values()))[0]['channels']} channels, API takes {api_ms} ms", end="")
        print(f" (in order on each channel: at least {ideal:.1f} s)" if ideal else "", "\n")
        print("| engine | runs | last out after | p50 late | p99 late | CPU per post | memory idle, peak | early, lost, doubled |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for engine, runs in engines.items():
            wrong = ", ".join(str(sum(run[key] for run in runs)) for key in ("early", "lost", "doubled"))
            print(
                f"| {engine} | {len(runs)} | {middle(runs, 'last_ms') / 1000:.2f} s | {middle(runs, 'late_p50_ms') / 1000:.2f} s "
                f"| {middle(runs, 'late_p99_ms') / 1000:.2f} s | {middle(runs, 'cpu_us_per_post'):.0f} µs "
                f"| {middle(runs, 'pss_idle_mib'):.0f}, {middle(runs, 'pss_peak_mib'):.0f} MiB | {wrong} |"
            )
        peers = {name: runs for name, runs in engines.items() if not name.startswith("kith")}
        for name, runs in engines.items():
            if name.startswith("kith") and peers:
                time = middle(runs, "last_ms") / min(middle(peer, "last_ms") for peer in peers.values())
                cpu = middle(runs, "cpu_us_per_post") / min(middle(peer, "cpu_us_per_post") for peer in peers.values())
                print(f"\n{name}: {time:.2f} × the best peer's time, {cpu:.2f} × the best peer's CPU", end="")
                if limits and posts == 10_000 and not api_ms:
                    print(
                        f"; {middle(runs, 'last_ms') / 1000 / limits['limit_10000_posts_s']:.1f} × this machine's limit "
                        f"in time, {middle(runs, 'cpu_us_per_post') / limits['limit_cpu_us_per_post']:.1f} × in CPU",
                        end="",
                    )
                print()


def backlogs(rows):
    if not rows:
        return
    print("\n| engine | planned posts | next due | claim 100 | against the smallest |")
    print("| --- | --- | --- | --- | --- |")
    for row in rows:
        print(
            f"| {row['engine']} | {row['stored']:,} | {row['next_wake_us']:.0f} µs | {row['claim_100_ms']:.1f} ms "
            f"| {row['next_wake_ratio']:.2f}, {row['claim_ratio']:.2f} |"
        )


def main():
    rows = read(sys.argv[1])
    limits = next((row for row in rows if row["bench"] == "raw"), None)
    if limits:
        print(
            f"\nThis machine: fsync {limits['fsync_p50_ms']} ms (p99 {limits['fsync_p99_ms']}), {limits['grouped_commits_per_s']:.0f} grouped "
            f"commits/s, {limits['posts_per_s']:.0f} bare requests/s; 10,000 posts at best {limits['limit_10000_posts_s']} s and "
            f"{limits['limit_cpu_us_per_post']} µs CPU each"
        )
    bursts([row for row in rows if row["bench"] == "burst"], limits)
    backlogs([row for row in rows if row["bench"] == "backlog"])


main()
