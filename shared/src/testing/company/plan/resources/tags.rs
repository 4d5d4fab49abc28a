//! The answers of the Resource Groups Tagging API.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::testing::{
    company::{
        plan::{Correction, Facts},
        resources::{compute::REPOSITORIES, data::BUCKETS},
    },
    proxy::RequestView,
};

pub(super) fn all(facts: &Arc<Facts>) -> Vec<Correction> {
    vec![tagged(facts)]
}

/// moto knows no repositories here, and has every bucket in every region.
fn tagged(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    let shows = "image repositories, and each bucket in its own region alone";
    Correction::json("tag:GetResources", shows, move |view, answer| {
        let Some(all) = answer.get_mut("ResourceTagMappingList").and_then(Value::as_array_mut)
        else {
            return;
        };
        all.retain(|tagged| {
            let arn = tagged.get("ResourceARN").and_then(Value::as_str).unwrap_or_default();
            arn.strip_prefix("arn:aws:s3:::").is_none_or(|name| is_here(&facts, view, name))
        });
        all.extend(repositories(&facts, view));
    })
}

/// Whether a bucket is in the region that is asked about.
fn is_here(facts: &Facts, view: &RequestView, name: &str) -> bool {
    BUCKETS.iter().any(|bucket| bucket.name == name && facts.is_at(view, bucket.place))
}

fn repositories(facts: &Facts, view: &RequestView) -> Vec<Value> {
    let here = REPOSITORIES.iter().filter(|one| facts.is_at(view, one.place));
    let tagged = here.filter(|one| !one.tags.is_empty()).map(|one| {
        let (region, account) = (&view.region, facts.account(view));
        let tags: Vec<Value> =
            one.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
        json!({
            "ResourceARN": format!("arn:aws:ecr:{region}:{account}:repository/{}", one.name),
            "Tags": tags,
        })
    });
    tagged.collect()
}
