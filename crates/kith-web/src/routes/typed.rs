//! A form as it was typed: fields by name, several of one name as several, nothing lost when it is shown again.

use kith_engine::Problem;

/// Most fields of one form; more is no form of ours.
const FIELDS_MAX: usize = 400;

/// What was typed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Typed(Vec<(String, String)>);

impl Typed {
    /// The fields of a form, or why they are none of ours.
    pub(crate) fn of(fields: Vec<(String, String)>) -> Result<Self, Problem> {
        if fields.len() > FIELDS_MAX {
            return Err(Problem::Invalid { field: "form".into(), why: "that are more fields than this page has".into() });
        }
        // Browsers send line ends as CR LF; networks count them as one.
        Ok(Self(fields.into_iter().map(|(name, value)| (name, value.replace("\r\n", "\n"))).collect()))
    }

    /// A field, empty if it was not sent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// A field that says something.
    pub(crate) fn some(&self, name: &str) -> Option<String> {
        Some(self.get(name).trim()).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// All fields of a name.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    /// Fields whose name begins so, without that beginning.
    pub(crate) fn beginning<'t>(&'t self, with: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(with)?, value.as_str())))
    }

    /// Whether one of several fields of a name has this value.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(known, sent)| known == name && sent == value)
    }

    /// A field set by us.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Several posts in one field: parted by a line of `---`, or by empty lines if there is none.
pub(crate) fn posts(text: &str) -> Vec<String> {
    let rule = |line: &str| line.trim().len() >= 3 && line.trim().chars().all(|letter| letter == '-');
    let by_rule = text.lines().any(rule);
    let mut posts = vec![String::new()];
    for line in text.lines() {
        let parts = if by_rule { rule(line) } else { line.trim().is_empty() };
        if parts {
            posts.push(String::new());
        } else if let Some(last) = posts.last_mut() {
            last.push_str(line);
            last.push('\n');
        }
    }
    posts.into_iter().map(|post| post.trim().to_owned()).filter(|post| !post.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_part_posts_unless_a_rule_does() {
        assert_eq!(posts("one\ntwo\n\nthree\n\n\n"), ["one\ntwo", "three"]);
        assert_eq!(posts("one\n\ntwo\n---\nthree"), ["one\n\ntwo", "three"]);
        assert_eq!(posts("  \n\n"), Vec::<String>::new());
    }

    #[test]
    fn several_fields_of_one_name_are_kept_and_line_ends_are_one_character() {
        let typed = Typed::of(vec![("on".into(), "lark".into()), ("on".into(), "wren".into()), ("text".into(), "a\r\nb".into())]).unwrap();
        assert_eq!(typed.all("on"), ["lark", "wren"]);
        assert_eq!(typed.get("text"), "a\nb");
        assert!(typed.has("on", "wren") && !typed.has("on", "crow"));
        assert_eq!(typed.some("cw"), None);
    }
}
