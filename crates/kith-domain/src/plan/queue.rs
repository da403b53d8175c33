//! The order in which what waits goes out.
//!
//! A queue is a list; each item waits in its category for that category's next place on each of its channels. When those
//! places are is decided one stage later. Every change here is a change of order and nothing else.

use serde::{Deserialize, Serialize};

/// The most items of one queue.
pub const QUEUE_ITEMS_MAX: usize = 20_000;

/// A post that waits for a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueItem {
    /// A stable name, unique in the queue, such as the post's id.
    pub key: String,
    /// The category whose windows it takes.
    pub category: String,
    /// The names of the channels it goes to, each with a place of its own.
    pub channels: Vec<String>,
    /// It asks something, so somebody should be there.
    pub asks: bool,
}

/// Where an item goes in the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", content = "key", rename_all = "snake_case")]
pub enum QueueSpot {
    /// Before all others.
    First,
    /// Behind all others.
    Last,
    /// Before the item of that name.
    Before(String),
    /// Behind the item of that name.
    After(String),
}

/// Why a queue is not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    #[error("there is no post {0:?} in the queue; it may have gone out, look at the list")]
    Unknown(String),
    #[error("the post {0:?} is in the queue already; move it instead")]
    Twice(String),
    #[error("a queue holds at most {QUEUE_ITEMS_MAX} posts; let some go out first")]
    Full,
}

/// What waits, first to go out first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Queue {
    items: Vec<QueueItem>,
}

impl Queue {
    /// A queue of these, in this order; the first of two with one name is kept.
    pub fn of(items: impl IntoIterator<Item = QueueItem>) -> Self {
        let mut seen = std::collections::BTreeSet::new();
        Self { items: items.into_iter().filter(|item| seen.insert(item.key.clone())).collect() }
    }

    /// The items in their order.
    pub fn items(&self) -> &[QueueItem] {
        &self.items
    }

    /// Puts an item in.
    pub fn insert(&mut self, item: QueueItem, spot: &QueueSpot) -> Result<(), QueueError> {
        if self.items.len() >= QUEUE_ITEMS_MAX {
            return Err(QueueError::Full);
        }
        if self.index(&item.key).is_ok() {
            return Err(QueueError::Twice(item.key));
        }
        let index = self.spot(spot)?;
        self.items.insert(index, item);
        Ok(())
    }

    /// Moves an item; before or behind itself it stays.
    pub fn reorder(&mut self, key: &str, spot: &QueueSpot) -> Result<(), QueueError> {
        let index = self.index(key)?;
        if matches!(spot, QueueSpot::Before(other) | QueueSpot::After(other) if other == key) {
            return Ok(());
        }
        self.spot(spot)?;
        let item = self.items.remove(index);
        let to = self.spot(spot)?;
        self.items.insert(to, item);
        Ok(())
    }

    /// Takes an item out.
    pub fn remove(&mut self, key: &str) -> Result<QueueItem, QueueError> {
        let index = self.index(key)?;
        Ok(self.items.remove(index))
    }

    fn index(&self, key: &str) -> Result<usize, QueueError> {
        self.items.iter().position(|item| item.key == key).ok_or_else(|| QueueError::Unknown(key.to_owned()))
    }

    fn spot(&self, spot: &QueueSpot) -> Result<usize, QueueError> {
        match spot {
            QueueSpot::First => Ok(0),
            QueueSpot::Last => Ok(self.items.len()),
            QueueSpot::Before(key) => self.index(key),
            QueueSpot::After(key) => self.index(key).map(|index| index + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(key: &str) -> QueueItem {
        QueueItem { key: key.into(), category: "tips".into(), channels: vec!["lark".into()], asks: false }
    }

    fn order(queue: &Queue) -> String {
        queue.items().iter().map(|item| item.key.as_str()).collect()
    }

    #[test]
    fn items_go_first_last_before_and_behind() {
        let mut queue = Queue::of([item("b"), item("c"), item("b")]);
        queue.insert(item("a"), &QueueSpot::First).unwrap();
        queue.insert(item("d"), &QueueSpot::Last).unwrap();
        queue.insert(item("x"), &QueueSpot::After("b".into())).unwrap();
        assert_eq!(order(&queue), "abxcd");
        queue.reorder("x", &QueueSpot::Before("a".into())).unwrap();
        queue.reorder("a", &QueueSpot::Last).unwrap();
        queue.reorder("b", &QueueSpot::After("b".into())).unwrap();
        assert_eq!(order(&queue), "xbcda");
        assert_eq!(queue.remove("c").unwrap().key, "c");
        assert_eq!(order(&queue), "xbda");
    }

    #[test]
    fn a_refused_change_changes_nothing() {
        let mut queue = Queue::of([item("a"), item("b")]);
        assert_eq!(queue.reorder("a", &QueueSpot::After("z".into())), Err(QueueError::Unknown("z".into())));
        assert_eq!(queue.insert(item("a"), &QueueSpot::Last), Err(QueueError::Twice("a".into())));
        assert_eq!(queue.remove("z").map(|_| ()), Err(QueueError::Unknown("z".into())));
        assert_eq!(order(&queue), "ab");
    }
}
