//! The answers about resources: what moto says otherwise than AWS, and what it does not say at all.

mod bedrock;
mod clusters;
mod dates;
mod keys;
mod storage;
mod tables;
mod tags;

use std::sync::Arc;

use super::{Correction, Facts, How};
use crate::testing::{
    company::resources::{FAR, FAR_ACCOUNT, HOME, Place, US},
    proxy::{Answer, Fault, Replay, RequestView},
};

pub(super) fn all(facts: &Arc<Facts>) -> Vec<Correction> {
    let mut all = vec![regions(facts)];
    all.extend(dates::all(facts));
    all.extend(storage::all(facts));
    all.extend(tables::all(facts));
    all.extend(clusters::all(facts));
    all.extend(keys::all(facts));
    all.extend(tags::all(facts));
    all.extend(bedrock::all(facts));
    all
}

impl Correction {
    /// An answer that the emulator does not give; `None` where it does.
    fn replay(
        action: &'static str,
        shows: &'static str,
        make: impl Fn(&RequestView) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        Self::new(action, How::Replayed, shows).rule(|when| when, Fault::Replay(Replay::new(make)))
    }
}

impl Facts {
    /// Whether a call is about a place of the tables.
    fn is_at(&self, view: &RequestView, place: Place) -> bool {
        self.key(view) == place.account && view.region == place.region
    }
}

/// The answer about something that is not there.
fn nothing(view: &RequestView, code: &'static str) -> Answer {
    Answer::error(view, 404, code, "there is no such thing")
}

/// moto has every region of AWS, of which none was ever opted into.
fn regions(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    let shows =
        "the whole answer: two regions that all accounts use, one that a single account opted into";
    Correction::replay("ec2:DescribeRegions", shows, move |view| {
        let opted = if facts.key(view) == FAR_ACCOUNT { "opted-in" } else { "not-opted-in" };
        let regions = [(HOME, "opt-in-not-required"), (US, "opt-in-not-required"), (FAR, opted)];
        let items: Vec<_> = regions
            .iter()
            .map(|(name, state)| {
                format!(
                    "<item><regionName>{name}</regionName>\
                     <regionEndpoint>ec2.{name}.amazonaws.com</regionEndpoint>\
                     <optInStatus>{state}</optInStatus></item>"
                )
            })
            .collect();
        let items = items.concat();
        Some(Answer::xml(format!(
            "<DescribeRegionsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
             <requestId>00000000-EXAMPLE</requestId><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
        )))
    })
}
