//! What is refused: the account that cannot be entered, and what an SCP hides.

use super::{Correction, How};
use crate::testing::{
    company::{
        Company,
        organization::{DENIED, HIDDEN_ACTIONS, PARTIAL, SUSPENDED},
    },
    proxy::{Fault, Layer},
};

pub(super) fn all(company: &Company) -> Vec<Correction> {
    let deny = |action, shows, keys: &[&str], by| {
        keys.iter()
            .filter_map(|key| company.account(key))
            .fold(Correction::new(action, How::Refused, shows), |correction, id| {
                correction.rule(|when| when.in_account(id), Fault::Deny { by })
            })
    };
    let roles = deny(
        "sts:AssumeRole",
        "one account whose role trusts nobody, and one that is suspended",
        &[DENIED, SUSPENDED],
        Layer::Unsaid,
    );
    let hidden = HIDDEN_ACTIONS.iter().map(|action| {
        deny(action, "one account where a service control policy denies it", &[PARTIAL], Layer::Scp)
    });
    std::iter::once(roles).chain(hidden).collect()
}
