//! Patches: answers of an emulator corrected to what AWS says.
//!
//! A patch leaves an answer alone that is not as it expects: emulators get better, and a patch that is no
//! longer needed must not break.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Range,
    sync::Arc,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hyper::body::Bytes;
use serde_json::Value;

use super::{RequestView, xml};

type Edits = Vec<(Range<usize>, String)>;
type Correct = dyn Fn(&RequestView, Bytes) -> Bytes + Send + Sync;

/// A correction of answers. Which answers is said by the rule that holds it.
#[derive(Clone)]
pub struct Patch {
    name: String,
    correct: Arc<Correct>,
}

impl fmt::Debug for Patch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Patch").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Patch {
    /// The general form: from the request and the answer's body to the body that the client gets.
    pub fn custom(
        name: &str,
        correct: impl Fn(&RequestView, Bytes) -> Bytes + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.to_owned(), correct: Arc::new(correct) }
    }

    /// Merges `merge` (as in RFC 7396: objects are merged, `null` removes, all else replaces) into the JSON
    /// answer at `pointer` (as in RFC 6901; the empty one is the whole), if the JSON request contains
    /// `request`: every field of it, with the same value.
    pub fn merge_json(request: Value, pointer: &str, merge: Value) -> Self {
        let pointer = pointer.to_owned();
        Self::custom("merge-json", move |view, body| {
            if !view.json().is_some_and(|asked| contains(&asked, &request)) {
                return body;
            }
            let Ok(mut answer) = serde_json::from_slice::<Value>(&body) else { return body };
            match answer.pointer_mut(&pointer) {
                Some(target) => merge_into(target, &merge),
                None => return body,
            }
            answer.to_string().into()
        })
    }

    /// Puts XML into items of a query answer: into each item that has a direct `<key>` child whose text is in
    /// `per_item`. Items are the members of the answer's lists and the answer's own elements (`<User>` of
    /// `GetUser`). Children of the same names as the inserted ones are replaced.
    pub fn insert_xml(key: &str, per_item: BTreeMap<String, String>) -> Self {
        let key = key.to_owned();
        Self::custom("insert-xml", move |_, body| {
            let corrected = std::str::from_utf8(&body).ok().and_then(|text| {
                let edits = insertions(text, &key, &per_item)?;
                (!edits.is_empty()).then(|| xml::splice(text, &edits))
            });
            corrected.map_or(body, Bytes::from)
        })
    }

    /// Adds the root user's row, first as AWS has it, to a credential report that has none.
    pub fn credential_report_root(row: &str) -> Self {
        let row = row.trim_end().to_owned();
        Self::custom("credential-report-root", move |_, body| {
            let corrected = std::str::from_utf8(&body).ok().and_then(|text| {
                let content = xml::first_text(text, "Content")?;
                let start = content.as_ptr().addr() - text.as_ptr().addr();
                let report = BASE64_STANDARD.decode(content.trim()).ok()?;
                let report = String::from_utf8(report).ok()?;
                if report.lines().any(|line| line.starts_with("<root_account>")) {
                    return None;
                }
                let (head, rows) = report.split_once('\n').unwrap_or((report.as_str(), ""));
                let mended = BASE64_STANDARD.encode(format!("{head}\n{row}\n{rows}"));
                Some(xml::splice(text, &[(start..start + content.len(), mended)]))
            });
            corrected.map_or(body, Bytes::from)
        })
    }

    /// Takes the AWS managed policies that nothing refers to out of `GetAccountAuthorizationDetails`: AWS
    /// lists those in use, moto all that it has loaded.
    pub fn managed_policies_in_use() -> Self {
        Self::custom("managed-policies-in-use", |_, body| {
            let corrected = std::str::from_utf8(&body).ok().and_then(|text| {
                let edits = unused_policies(text)?;
                (!edits.is_empty()).then(|| xml::splice(text, &edits))
            });
            corrected.map_or(body, Bytes::from)
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn apply(&self, view: &RequestView, body: Bytes) -> Bytes {
        (self.correct)(view, body)
    }
}

/// Whether `whole` has every field of `part`, with the same value.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(name, value)| whole.get(name).is_some_and(|found| contains(found, value))),
        _ => whole == part,
    }
}

/// RFC 7396.
fn merge_into(target: &mut Value, merge: &Value) {
    let Value::Object(changes) = merge else {
        *target = merge.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    if let Some(fields) = target.as_object_mut() {
        for (name, change) in changes {
            if change.is_null() {
                fields.remove(name);
            } else {
                merge_into(fields.entry(name.clone()).or_insert(Value::Null), change);
            }
        }
    }
}

/// The members of `<Policies>` that are AWS managed and that no principal has, to be taken out.
fn unused_policies(text: &str) -> Option<Edits> {
    let (_, parts) = xml::result(text)?;
    let policies = parts.into_iter().find(|part| part.name == "Policies")?;
    let around = [0..policies.outer.start, policies.outer.end..text.len()];
    let used: BTreeSet<_> = around
        .into_iter()
        .flat_map(|range| xml::slice(text, range).split(['<', '>']))
        .filter(|text| text.starts_with("arn:"))
        .collect();
    let members = xml::children(text, policies.inner);
    let unused = members.into_iter().filter(|member| {
        let fields = xml::children(text, member.inner.clone());
        let arn = fields.iter().find(|field| field.name == "Arn");
        let arn = arn.map_or("", |field| xml::slice(text, field.inner.clone()));
        arn.contains(":iam::aws:policy/") && !used.contains(arn)
    });
    Some(unused.map(|member| (member.outer, String::new())).collect())
}

fn insertions(text: &str, key: &str, per_item: &BTreeMap<String, String>) -> Option<Edits> {
    let (_, parts) = xml::result(text)?;
    let mut edits = Vec::new();
    for part in parts {
        let members = xml::children(text, part.inner.clone());
        let is_list = members.first().is_some_and(|member| member.name == "member");
        for item in if is_list { members } else { vec![part] } {
            let fields = xml::children(text, item.inner.clone());
            let name = fields.iter().find(|field| field.name == key);
            let name = name.map(|field| xml::slice(text, field.inner.clone()).trim());
            let Some(insertion) = name.and_then(|name| per_item.get(name)) else { continue };
            let new = xml::children(insertion, 0..insertion.len());
            for field in fields.iter().filter(|old| new.iter().any(|new| new.name == old.name)) {
                edits.push((field.outer.clone(), String::new()));
            }
            edits.push((item.inner.end..item.inner.end, insertion.clone()));
        }
    }
    Some(edits)
}
