//! The name of a time zone, checked once and then good for conversions.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use crate::plan::nearest::nearest;

/// Zone rules come with the program, never from the machine, so that all nodes compute the same instants.
static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// An IANA name (canonical or alias) in its exact case, such as `Europe/Lisbon`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneName {
    name: String,
    rules: TimeZone,
}

/// The name is no time zone; the message names near ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {hint}")]
pub struct ZoneError {
    /// What was written, shortened.
    pub name: String,
    /// The zone that was probably meant.
    pub did_you_mean: Option<String>,
    /// What to write instead, or the question whether the near one was meant.
    pub hint: String,
}

impl ZoneName {
    /// Checks a name against the bundled database.
    pub fn parse(name: &str) -> Result<Self, ZoneError> {
        let name = name.trim();
        let refused = || {
            let did_you_mean = meant(name);
            let hint = did_you_mean.as_ref().map_or_else(|| hint(name).to_owned(), |near| format!("did you mean {near}?"));
            ZoneError { name: name.chars().take(60).collect(), did_you_mean, hint }
        };
        // The database finds names in any case; only the exact one is kept, so that equal zones have equal names.
        let known = BUNDLED.available().any(|known| known.as_str() == name);
        if !known {
            return Err(refused());
        }
        let rules = BUNDLED.get(name).map_err(|_| refused())?;
        Ok(Self { name: name.to_owned(), rules })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Its rules.
    pub fn rules(&self) -> &TimeZone {
        &self.rules
    }

    /// All names of the bundled database, sorted.
    pub fn all() -> Vec<String> {
        let mut names: Vec<String> = BUNDLED.available().map(|name| name.as_str().to_owned()).collect();
        names.sort();
        names
    }
}

/// The zone that was probably meant.
fn meant(name: &str) -> Option<String> {
    if name.is_empty() || is_offset(name) {
        return None;
    }
    let upper = name.to_ascii_uppercase();
    let short = ABBREVIATIONS.iter().find(|(short, _)| *short == upper).map(|(_, zone)| (*zone).to_owned());
    short.or_else(|| near_name(name))
}

fn hint(name: &str) -> &'static str {
    if name.is_empty() {
        "a time zone is missing; write one such as Europe/Lisbon"
    } else if is_offset(name) {
        "an offset is not a time zone, as it does not follow summer time; write a place such as Europe/Lisbon"
    } else {
        "this time zone is unknown; write one such as Europe/Lisbon or America/New_York"
    }
}

/// `GMT+2`, `UTC -3`, `+01:00`
fn is_offset(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let rest = ["GMT", "UTC"].iter().find_map(|start| upper.strip_prefix(start)).unwrap_or(&upper);
    rest.trim_start().starts_with(['+', '-'])
}

/// Abbreviations that are no names of the database, with the zone most people mean.
const ABBREVIATIONS: [(&str, &str); 14] = [
    ("PST", "America/Los_Angeles"),
    ("PDT", "America/Los_Angeles"),
    ("PT", "America/Los_Angeles"),
    ("CST", "America/Chicago"),
    ("CDT", "America/Chicago"),
    ("MDT", "America/Denver"),
    ("EDT", "America/New_York"),
    ("ET", "America/New_York"),
    ("BST", "Europe/London"),
    ("CEST", "Europe/Berlin"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("AEST", "Australia/Sydney"),
    ("Z", "UTC"),
];

/// The same name in another case, the city alone, or the nearest spelling.
fn near_name(name: &str) -> Option<String> {
    let names = ZoneName::all();
    let plain = |text: &str| text.to_lowercase().replace([' ', '-'], "_");
    let wanted = plain(name);
    let city = |zone: &str| plain(zone.rsplit('/').next().unwrap_or(zone));
    names
        .iter()
        .find(|zone| plain(zone) == wanted)
        .or_else(|| names.iter().find(|zone| zone.contains('/') && city(zone) == wanted))
        .cloned()
        .or_else(|| nearest(&wanted, names.iter().map(String::as_str)).map(str::to_owned))
        .or_else(|| {
            let cities: Vec<(String, &String)> = names.iter().filter(|zone| zone.contains('/')).map(|zone| (city(zone), zone)).collect();
            let near = nearest(&city(name), cities.iter().map(|(city, _)| city.as_str()))?;
            cities.iter().find(|(city, _)| city == near).map(|(_, zone)| (*zone).clone())
        })
}

impl fmt::Debug for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ZoneName").field(&self.name).finish()
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl PartialEq for ZoneName {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ZoneName {}

impl Hash for ZoneName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl PartialOrd for ZoneName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ZoneName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.name.cmp(&other.name)
    }
}

impl std::str::FromStr for ZoneName {
    type Err = ZoneError;
    fn from_str(name: &str) -> Result<Self, ZoneError> {
        Self::parse(name)
    }
}

impl TryFrom<String> for ZoneName {
    type Error = ZoneError;
    fn try_from(name: String) -> Result<Self, ZoneError> {
        Self::parse(&name)
    }
}

impl From<ZoneName> for String {
    fn from(zone: ZoneName) -> Self {
        zone.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_name_is_a_zone() {
        let names = ZoneName::all();
        assert!(names.len() > 400, "{}", names.len());
        for name in names {
            assert_eq!(ZoneName::parse(&name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn a_wrong_name_names_a_near_one() {
        let table = [
            ("Europe/Lisboa", "Europe/Lisboa: did you mean Europe/Lisbon?"),
            ("europe/lisbon", "europe/lisbon: did you mean Europe/Lisbon?"),
            ("Lisbon", "Lisbon: did you mean Europe/Lisbon?"),
            ("New York", "New York: did you mean America/New_York?"),
            ("America/New York", "America/New York: did you mean America/New_York?"),
            ("Europe/Berln", "Europe/Berln: did you mean Europe/Berlin?"),
            ("PST", "PST: did you mean America/Los_Angeles?"),
            ("Asia/Kathmando", "Asia/Kathmando: did you mean Asia/Kathmandu?"),
            ("GMT+2", "GMT+2: an offset is not a time zone, as it does not follow summer time; write a place such as Europe/Lisbon"),
            ("", ": a time zone is missing; write one such as Europe/Lisbon"),
            (
                "somewhere over the rainbow",
                "somewhere over the rainbow: this time zone is unknown; write one such as Europe/Lisbon or America/New_York",
            ),
        ];
        for (name, expected) in table {
            assert_eq!(ZoneName::parse(name).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn aliases_are_names_too_and_json_is_the_name() {
        for name in ["UTC", "Asia/Calcutta", "US/Eastern", "CET", "Etc/GMT-2"] {
            assert_eq!(ZoneName::parse(name).unwrap().to_string(), name);
        }
        let zone = ZoneName::parse(" Europe/Lisbon ").unwrap();
        assert_eq!(serde_json::to_string(&zone).unwrap(), "\"Europe/Lisbon\"");
        assert_eq!(serde_json::from_str::<ZoneName>("\"Europe/Lisbon\"").unwrap(), zone);
        assert!(serde_json::from_str::<ZoneName>("\"Mars/Olympus\"").is_err());
    }
}
