//! Looks for paths, each of which may hold or not.

use std::cell::Cell;

use crate::validation::pool::Pool;

/// What is left of a search, so that no mesh of certificates makes it long.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Search {
    /// How many signatures may still be checked.
    checks: Cell<usize>,
    /// How many certificates may still be tried.
    steps: Cell<usize>,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            checks: Cell::new(MAX_CHECKS),
            steps: Cell::new(MAX_STEPS),
        }
    }
}

impl Search {
    /// Tells whether it ended because something had run out.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.checks.get() == 0 || self.steps.get() == 0
    }

    /// Takes one from what is left; `false` where nothing is.
    fn spend(left: &Cell<usize>) -> bool {
        let rest = left.get().checked_sub(1);
        left.set(rest.unwrap_or(0));
        rest.is_some()
    }
}

/// Shows paths whose names and signatures fit, the likeliest first: places in the pool, the signer's
/// first and an anchor's last. Ends when `accept` returns `true` or nothing is left.
pub(crate) fn build(
    pool: &mut Pool,
    signer: usize,
    search: &Search,
    accept: &mut dyn FnMut(&mut Pool, &[usize]) -> bool,
) -> bool {
    let mut path = vec![signer];
    extend(pool, &mut path, search, accept)
}

/// Extends a path by each issuer of its last certificate; as deep as a path may be long.
fn extend(
    pool: &mut Pool,
    path: &mut Vec<usize>,
    search: &Search,
    accept: &mut dyn FnMut(&mut Pool, &[usize]) -> bool,
) -> bool {
    let Some(&last) = path.last() else {
        return false;
    };
    if pool.is_anchor(last) {
        return accept(pool, path);
    }
    if path.len() >= MAX_CERTIFICATES {
        return false;
    }
    for issuer in pool.issuers(last) {
        // RFC 4158 §2.4.2: the same name with the same key is the same authority.
        if path.iter().any(|place| pool.is_same_holder(*place, issuer)) {
            continue;
        }
        if !Search::spend(&search.steps) {
            return false;
        }
        let is_signed = match pool.known_signature(last, issuer) {
            Some(is_signed) => is_signed,
            None => {
                if !Search::spend(&search.checks) {
                    return false;
                }
                pool.check_signature(last, issuer)
            }
        };
        if !is_signed {
            continue;
        }
        path.push(issuer);
        let is_accepted = extend(pool, path, search, accept);
        path.pop();
        if is_accepted {
            return true;
        }
    }
    false
}

/// More certificates than any real path has.
const MAX_CERTIFICATES: usize = 12;

/// More signatures than any real search checks.
const MAX_CHECKS: usize = 200;

/// More certificates than any real search tries.
const MAX_STEPS: usize = 2_000;
