//! Coming in, as a page asks for it: either there is a session, or the page is shown again with what is wrong.

use super::sign_in::{LinkView, NewSession};
use crate::kith::Kith;
use crate::problem::Problem;

/// Whether somebody came in.
#[derive(Debug)]
pub enum Entered<Page> {
    /// With this session.
    In(NewSession),
    /// Not yet: the page again, and why.
    Again {
        /// What the page shows besides.
        page: Page,
        /// What is wrong, and the way out.
        why: String,
    },
}

/// Whether the next try is heard at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextTry {
    /// It is.
    Now,
    /// Only after a pause: too many were wrong.
    Later,
}

impl Kith {
    /// What a link gave, with wrong ones counted by the address on the network they came from: after some, that address
    /// waits, longer each time.
    pub fn judged_link<T>(&self, client: &str, given: Result<T, Problem>) -> Result<T, Problem> {
        let (name, now) = (format!("link {client}"), self.now());
        if let Some(wait) = self.0.guesses.wait(&name, now) {
            return Err(Problem::NotNow(format!("too many wrong links from here; try again in {} seconds", wait.as_secs().max(1))));
        }
        if matches!(given, Err(Problem::NotThere(_))) {
            self.0.guesses.wrong(&name, now);
        }
        given
    }

    /// By a one-time link, choosing a password where it asks for one. `browser` is what the browser calls itself.
    pub async fn try_link(&self, secret: &str, password: Option<&str>, browser: &str) -> Result<Entered<LinkView>, Problem> {
        match self.enter_by_link(secret, password, browser).await {
            Ok(session) => Ok(Entered::In(session)),
            Err(Problem::Invalid { why, .. }) => Ok(Entered::Again { page: self.link(secret).await?, why }),
            Err(problem) => Err(problem),
        }
    }

    /// By e-mail address and password. `client` is the address on the network that guesses are counted by.
    pub async fn try_password(&self, email: &str, password: &str, browser: &str, client: &str) -> Result<Entered<NextTry>, Problem> {
        match self.sign_in(email, password, browser, client).await {
            Ok(session) => Ok(Entered::In(session)),
            Err(problem @ Problem::SignIn(_)) => Ok(Entered::Again { page: NextTry::Now, why: problem.to_string() }),
            Err(problem @ Problem::NotNow(_)) => Ok(Entered::Again { page: NextTry::Later, why: problem.to_string() }),
            Err(problem) => Err(problem),
        }
    }
}
