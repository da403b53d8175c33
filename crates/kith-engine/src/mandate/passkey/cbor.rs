//! As much of CBOR (RFC 8949) as authenticators write: whole lengths, bounded depth and number of items.

/// Deepest nesting that is read; what authenticators write has four.
const DEPTH_MAX: u8 = 8;
/// Most items of one list or map.
const ITEMS_MAX: u64 = 64;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Int(i64),
    Bytes(Vec<u8>),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
    /// False, true, null and the like: nothing here asks for them.
    Simple,
}

impl Value {
    /// What a map has under a number.
    pub(super) fn at(&self, key: i64) -> Option<&Value> {
        self.find(&Value::Int(key))
    }

    /// What a map has under a word.
    pub(super) fn named(&self, key: &str) -> Option<&Value> {
        self.find(&Value::Text(key.to_owned()))
    }

    fn find(&self, key: &Value) -> Option<&Value> {
        let Self::Map(pairs) = self else { return None };
        pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    pub(super) fn int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    pub(super) fn bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }
}

/// The first value and what follows it; `None` for anything that is not in order.
pub(super) fn read(bytes: &[u8]) -> Option<(Value, &[u8])> {
    value(bytes, 0)
}

fn value(bytes: &[u8], depth: u8) -> Option<(Value, &[u8])> {
    let (&head, rest) = bytes.split_first()?;
    let (kind, (size, rest)) = (head >> 5, number(head & 0x1f, rest)?);
    match kind {
        0 => Some((Value::Int(i64::try_from(size).ok()?), rest)),
        1 => Some((Value::Int(-1 - i64::try_from(size).ok()?), rest)),
        2 | 3 => {
            let (body, rest) = rest.split_at_checked(usize::try_from(size).ok()?)?;
            let value = if kind == 2 { Value::Bytes(body.to_vec()) } else { Value::Text(std::str::from_utf8(body).ok()?.to_owned()) };
            Some((value, rest))
        }
        4 | 5 if depth < DEPTH_MAX && size <= ITEMS_MAX => {
            let mut rest = rest;
            let mut take = || {
                let (item, after) = value(rest, depth + 1)?;
                rest = after;
                Some(item)
            };
            let value = if kind == 4 {
                Value::List((0..size).map(|_| take()).collect::<Option<_>>()?)
            } else {
                Value::Map((0..size).map(|_| Some((take()?, take()?))).collect::<Option<_>>()?)
            };
            Some((value, rest))
        }
        7 => Some((Value::Simple, rest)),
        _ => None,
    }
}

fn number(small: u8, bytes: &[u8]) -> Option<(u64, &[u8])> {
    let wide = |length: usize| {
        let (body, rest) = bytes.split_at_checked(length)?;
        Some((body.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte)), rest))
    };
    match small {
        0..=23 => Some((u64::from(small), bytes)),
        24 => wide(1),
        25 => wide(2),
        26 => wide(4),
        27 => wide(8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_examples_are_read() {
        // RFC 8949, appendix A.
        for (bytes, expected) in [
            (&[0x18, 0x64][..], Value::Int(100)),
            (&[0x38, 0x63], Value::Int(-100)),
            (&[0x44, 1, 2, 3, 4], Value::Bytes(vec![1, 2, 3, 4])),
            (&[0x64, 0x49, 0x45, 0x54, 0x46], Value::Text("IETF".into())),
            (&[0x82, 0x01, 0x81, 0x02], Value::List(vec![Value::Int(1), Value::List(vec![Value::Int(2)])])),
            (&[0xa1, 0x01, 0xf5], Value::Map(vec![(Value::Int(1), Value::Simple)])),
        ] {
            assert_eq!(read(bytes), Some((expected, &[][..])), "{bytes:x?}");
        }
    }

    #[test]
    fn what_is_cut_short_nested_too_deep_or_endless_is_refused() {
        for bytes in
            [&[][..], &[0x19, 1], &[0x5f, 0x41, 0, 0xff], &[0x82, 1], &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255], &[0x62, 0xff, 0xfe]]
        {
            assert_eq!(read(bytes), None, "{bytes:x?}");
        }
        assert_eq!(read(&[0x81; 20]), None);
    }
}
