//! Parameters of a request, wherever they stand: query, JSON, form or multipart body.
//!
//! Mastodon takes the same names from all of them, with Rails' brackets for lists and nesting (`media_ids[]`,
//! `poll[options][]`). Everything becomes one list of names and texts; JSON is flattened to the same names.

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;
use serde_json::Value;

use super::problem::Problem;
use crate::world::Id;

/// An uploaded file.
#[derive(Debug)]
pub(crate) struct Upload {
    pub name: String,
    pub bytes: Bytes,
}

/// All parameters of a request, in order.
#[derive(Debug, Default)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
    pub files: Vec<Upload>,
}

impl Params {
    /// Only what stands in the query.
    pub(crate) fn of_query(query: Option<&str>) -> Self {
        Self { pairs: read_form(query.unwrap_or_default().as_bytes()), files: Vec::new() }
    }

    /// The last value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The value of a name, unless it is empty.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// All values of a list, written `name[]` or `name`.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let listed = format!("{name}[]");
        self.pairs.iter().filter(|(n, _)| *n == listed || n == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Whether any parameter of this name, or nested in it, was given.
    pub(crate) fn has(&self, name: &str) -> bool {
        let nested = format!("{name}[");
        self.pairs.iter().any(|(n, _)| n == name || n.starts_with(&nested))
    }

    /// A yes or no, as Rails reads it.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.filled(name).map(|value| !matches!(value, "false" | "f" | "0" | "off" | "FALSE" | "F" | "OFF"))
    }

    /// An id; something that is none counts as an id that does not exist.
    pub(crate) fn id(&self, name: &str) -> Option<Id> {
        self.filled(name).map(|value| value.parse().unwrap_or(Id(0)))
    }

    /// A whole number.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.filled(name).and_then(|value| value.parse().ok())
    }

    /// The query again, without some names, for links to neighbouring pages.
    pub(crate) fn query_without(&self, names: &[&str]) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs.iter().filter(|(n, _)| !names.contains(&n.as_str())) {
            out.append_pair(name, value);
        }
        out.finish()
    }
}

impl<S: Send + Sync> FromRequest<S> for Params {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let mut params = Self::of_query(request.uri().query());
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
        if kind.starts_with("multipart/form-data") {
            let multipart = Multipart::from_request(request, state).await.map_err(unreadable)?;
            params.read_multipart(multipart).await?;
            return Ok(params);
        }
        let body = Bytes::from_request(request, state).await.map_err(unreadable)?;
        if kind.contains("json") {
            if !body.is_empty() {
                let value: Value = serde_json::from_slice(&body).map_err(unreadable)?;
                flatten(&mut params.pairs, String::new(), &value);
            }
        } else {
            params.pairs.extend(read_form(&body));
        }
        Ok(params)
    }
}

impl Params {
    async fn read_multipart(&mut self, mut multipart: Multipart) -> Result<(), Problem> {
        while let Some(field) = multipart.next_field().await.map_err(unreadable)? {
            let name = field.name().unwrap_or_default().to_owned();
            if field.file_name().is_some() {
                let bytes = field.bytes().await.map_err(unreadable)?;
                self.files.push(Upload { name, bytes });
            } else {
                self.pairs.push((name, field.text().await.map_err(unreadable)?));
            }
        }
        Ok(())
    }
}

fn unreadable(error: impl std::fmt::Display) -> Problem {
    Problem::Bad(format!("Error parsing the request: {error}"))
}

fn read_form(bytes: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(bytes).into_owned().collect()
}

fn flatten(out: &mut Vec<(String, String)>, name: String, value: &Value) {
    match value {
        Value::Null => {}
        Value::Bool(yes) => out.push((name, yes.to_string())),
        Value::Number(number) => out.push((name, number.to_string())),
        Value::String(text) => out.push((name, text.clone())),
        Value::Array(items) => {
            for item in items {
                flatten(out, format!("{name}[]"), item);
            }
        }
        Value::Object(fields) => {
            for (key, item) in fields {
                let inner = if name.is_empty() { key.clone() } else { format!("{name}[{key}]") };
                flatten(out, inner, item);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_forms_give_the_same_names() {
        let mut json = Vec::new();
        let value = serde_json::json!({"status": "a", "media_ids": ["1", 2], "poll": {"options": ["x"], "multiple": true}});
        flatten(&mut json, String::new(), &value);
        let mut form = read_form(b"status=a&media_ids[]=1&media_ids%5B%5D=2&poll[options][]=x&poll[multiple]=true");
        json.sort();
        form.sort();
        assert_eq!(json, form);
    }
}
