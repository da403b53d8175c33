//! The columns that every format knows, by the names people write.

use crate::plan::nearest::nearest;

/// A column of a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    Text,
    At,
    Zone,
    Channels,
    Category,
    Media,
    Alt,
    Cw,
    Lang,
    Poll,
    PollMinutes,
    Card,
    /// `text:mastodon`: the wording for one network, by its id.
    Wording(String),
}

/// All plain columns with their names.
const COLUMNS: [(&str, Column); 12] = [
    ("text", Column::Text),
    ("at", Column::At),
    ("zone", Column::Zone),
    ("channels", Column::Channels),
    ("category", Column::Category),
    ("media", Column::Media),
    ("alt", Column::Alt),
    ("cw", Column::Cw),
    ("lang", Column::Lang),
    ("poll", Column::Poll),
    ("poll_minutes", Column::PollMinutes),
    ("card", Column::Card),
];

/// What people write for a column, too far from its name to be a slip.
const OTHER_NAMES: [(&str, &str); 22] = [
    ("post", "text"),
    ("message", "text"),
    ("content", "text"),
    ("body", "text"),
    ("date", "at"),
    ("time", "at"),
    ("datetime", "at"),
    ("when", "at"),
    ("due_at", "at"),
    ("timezone", "zone"),
    ("tz", "zone"),
    ("channel", "channels"),
    ("profile", "channels"),
    ("network", "channels"),
    ("picture", "media"),
    ("image", "media"),
    ("file", "media"),
    ("alt_text", "alt"),
    ("spoiler_text", "cw"),
    ("warning", "cw"),
    ("language", "lang"),
    ("tag", "category"),
];

impl Column {
    /// The column of this name (case and outer blanks do not count), or the name that was probably meant.
    pub fn of_name(name: &str) -> Result<Self, Option<String>> {
        let name = name.trim().to_lowercase();
        if let Some((_, column)) = COLUMNS.iter().find(|(known, _)| *known == name) {
            return Ok(column.clone());
        }
        if let Some((word, network)) = name.split_once(':') {
            let network = network.trim();
            let plain = !network.is_empty() && network.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
            return match (word.trim(), plain) {
                ("text", true) => Ok(Self::Wording(network.to_owned())),
                (_, true) => Err(nearest(word, ["text"]).map(|_| format!("text:{network}"))),
                (_, false) => Err(None),
            };
        }
        let other = OTHER_NAMES.iter().find(|(written, _)| *written == name).map(|(_, meant)| *meant);
        Err(other.or_else(|| nearest(&name, COLUMNS.iter().map(|(known, _)| *known))).map(str::to_owned))
    }

    /// The name as it is written in a header.
    pub fn name(&self) -> String {
        if let Self::Wording(network) = self {
            return format!("text:{network}");
        }
        COLUMNS.iter().find(|(_, column)| column == self).map(|(name, _)| (*name).to_owned()).unwrap_or_default()
    }

    /// All plain names, for a message.
    pub fn all_names() -> String {
        let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
        format!("{}, text:NETWORK", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_without_regard_to_case_and_blanks() {
        let table = [
            ("text", Ok(Column::Text)),
            ("  Text ", Ok(Column::Text)),
            ("CHANNELS", Ok(Column::Channels)),
            ("text:mastodon", Ok(Column::Wording("mastodon".to_owned()))),
            ("Text: Bluesky", Ok(Column::Wording("bluesky".to_owned()))),
            ("txt:bluesky", Err(Some("text:bluesky".to_owned()))),
            ("text:", Err(None)),
            ("text:a b", Err(None)),
            ("chanels", Err(Some("channels".to_owned()))),
            ("Date", Err(Some("at".to_owned()))),
            ("colour", Err(None)),
            ("", Err(None)),
        ];
        for (name, expected) in table {
            assert_eq!(Column::of_name(name), expected, "{name}");
        }
    }

    #[test]
    fn every_column_is_found_by_its_own_name() {
        for (name, column) in COLUMNS {
            assert_eq!(Column::of_name(name), Ok(column.clone()));
            assert_eq!(column.name(), name);
        }
    }
}
