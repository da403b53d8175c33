//! A run's history in sentences, written only when somebody wants to read it.

/// What happened, in order.
#[derive(Debug, Default)]
pub(crate) struct Story(Option<Vec<String>>);

impl Story {
    /// A story that is written down, or one that is not.
    pub(crate) fn new(told: bool) -> Self {
        Self(told.then(Vec::new))
    }

    /// Adds a line; the words are made only if somebody listens.
    pub(crate) fn say(&mut self, now_ms: i64, offset_ms: i64, line: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.0 {
            let clock = |ms: i64| format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000);
            let wrong = if offset_ms == 0 { String::new() } else { format!(" (wall clock {:+} s)", offset_ms / 1_000) };
            lines.push(format!("{}{wrong}  {}", clock(now_ms), line()));
        }
    }

    /// All lines.
    pub(crate) fn lines(self) -> Vec<String> {
        self.0.unwrap_or_default()
    }
}
