//! CPU and memory of a process and everything below it, from `/proc` (Linux; elsewhere they are 0).

use std::collections::{BTreeMap, BTreeSet};

/// Clock ticks of `/proc/PID/stat` in a second: 100 on every Linux of today (proc(5), USER_HZ).
const TICKS_PER_S: f64 = 100.0;
/// Place of the parent's id after the name in `/proc/PID/stat`, counted from 0.
const PARENT: usize = 1;
/// Places of user and system time, own and of children that have ended.
const TIMES: std::ops::Range<usize> = 11..15;

/// Processes with everything below them.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    roots: Vec<u32>,
}

impl Tree {
    pub(crate) fn of(roots: Vec<u32>) -> Self {
        Self { roots }
    }

    /// CPU seconds used so far; children that have ended count in their parent.
    pub(crate) fn cpu_s(&self) -> f64 {
        let all = all();
        self.members(&all).iter().filter_map(|pid| all.get(pid)).map(|process| process.ticks as f64 / TICKS_PER_S).sum()
    }

    /// CPU seconds of one process without those below it.
    pub(crate) fn alone(pid: u32) -> f64 {
        all().get(&pid).map_or(0.0, |process| process.ticks as f64 / TICKS_PER_S)
    }

    /// Memory in MiB, what is shared counted by its share.
    pub(crate) fn pss_mib(&self) -> f64 {
        let kib: u64 = self.members(&all()).iter().map(|pid| pss_kib(*pid)).sum();
        kib as f64 / 1_024.0
    }

    fn members(&self, all: &BTreeMap<u32, Process>) -> BTreeSet<u32> {
        let mut members: BTreeSet<u32> = self.roots.iter().copied().collect();
        loop {
            let before = members.len();
            members.extend(all.iter().filter(|(_, process)| members.contains(&process.parent)).map(|(pid, _)| *pid).collect::<Vec<_>>());
            if members.len() == before {
                return members;
            }
        }
    }
}

struct Process {
    parent: u32,
    ticks: u64,
}

fn all() -> BTreeMap<u32, Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return BTreeMap::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter_map(|pid| Some((pid, process(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?))).collect()
}

fn process(stat: &str) -> Option<Process> {
    // The name may hold spaces and brackets: what follows its last bracket is numbers.
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = fields.get(TIMES)?.iter().filter_map(|field| field.parse::<u64>().ok()).sum();
    Some(Process { parent: fields.get(PARENT)?.parse().ok()?, ticks })
}

fn pss_kib(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_hides_no_field() {
        let read = process("17 (a (b) c) S 4 17 17 0 -1 4194304 100 0 0 0 7 5 3 1 20 0 2 0 9 1 1").unwrap();
        assert_eq!((read.parent, read.ticks), (4, 16));
    }
}
