//! The answers of KMS about AWS's own aliases.

use std::sync::Arc;

use serde_json::Value;

use crate::testing::company::{
    plan::{Correction, Facts},
    resources::keys::{KEYS, WITHOUT_KEY},
};

pub(super) fn all(facts: &Arc<Facts>) -> Vec<Correction> {
    vec![aliases(facts)]
}

/// moto has an alias of every service everywhere, each for a key that is nowhere.
fn aliases(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    let shows =
        "one alias of AWS's own where there are keys, without a key as before its first use";
    Correction::json("kms:ListAliases", shows, move |view, answer| {
        let in_use = KEYS.iter().any(|key| facts.is_at(view, key.place));
        let Some(all) = answer.get_mut("Aliases").and_then(Value::as_array_mut) else { return };
        all.retain_mut(|alias| {
            let name = alias.get("AliasName").and_then(Value::as_str).unwrap_or_default();
            if !name.starts_with("alias/aws/") {
                return true;
            }
            let is_kept = in_use && name == WITHOUT_KEY;
            if let Some(fields) = alias.as_object_mut() {
                fields.remove("TargetKeyId");
            }
            is_kept
        });
    })
}
