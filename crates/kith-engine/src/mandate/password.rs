//! Passwords: argon2id with the library's defaults (19 MiB, 2 passes; OWASP's floor, 2023), off the async threads.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

use crate::problem::Problem;

/// Shortest password in characters (NIST SP 800-63B-4, 2025: 15 where it is the only factor; 12 is our floor, with
/// no rules on kinds of characters).
pub(crate) const PASSWORD_CHARS_MIN: usize = 12;
/// Longest password in bytes, so that hashing stays bounded.
pub(crate) const PASSWORD_BYTES_MAX: usize = 1_024;

/// A hash that no password has, to spend the same time on an unknown e-mail (S22).
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$8Fvw4bqnGoMzPxPF3zkG9Vb3g9HJZGk3tqG1e6mQm0M";

/// Hashes a new password, or says why it is not taken.
pub(crate) async fn hash(password: &str) -> Result<String, Problem> {
    let invalid = |why: &str| Problem::Invalid { field: "password".into(), why: why.into() };
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(invalid("it needs at least 12 characters; a short sentence is easy to remember"));
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(invalid("it is longer than 1,024 bytes; take a shorter one"));
    }
    let password = password.to_owned();
    let hashed = tokio::task::spawn_blocking(move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()));
    match hashed.await {
        Ok(Ok(hash)) => Ok(hash),
        _ => Err(Problem::NotNow("the password could not be stored; try again".into())),
    }
}

/// Whether `password` is the one that was hashed. Without a stored hash, the same work ends in no.
pub(crate) async fn is_right(password: &str, stored: Option<&str>) -> bool {
    if password.len() > PASSWORD_BYTES_MAX {
        return false;
    }
    let (password, known, stored) = (password.to_owned(), stored.is_some(), stored.unwrap_or(NOBODY).to_owned());
    let checked = tokio::task::spawn_blocking(move || {
        PasswordHash::new(&stored).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    });
    checked.await.unwrap_or(false) && known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_opens_and_no_other() {
        let stored = hash("a walk by the river").await.unwrap();
        assert!(is_right("a walk by the river", Some(&stored)).await);
        assert!(!is_right("a walk by the sea", Some(&stored)).await);
        assert!(!is_right("a walk by the river", None).await);
    }

    #[tokio::test]
    async fn a_short_password_is_refused_with_the_way_out() {
        let Err(Problem::Invalid { field, why }) = hash("short").await else { panic!("taken") };
        assert_eq!(field, "password");
        assert!(why.contains("12"), "{why}");
    }

    #[test]
    fn nobodys_hash_is_well_formed_so_that_it_costs_the_same_time() {
        assert!(PasswordHash::new(NOBODY).is_ok());
    }
}
