//! Trees are looked at from outside: inflated, read with `serde_json`, verified with the public keys.

mod chain;
mod faults;
mod records;
mod shape;

use std::collections::BTreeMap;

use serde_json::Value;

use super::{object::unpack, *};

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];

/// A plan of two accounts and two regions over two days, few files each.
fn small(seed: u64) -> Plan {
    Plan {
        seed,
        accounts: ACCOUNTS.map(String::from).to_vec(),
        regions: ["us-east-1", "eu-west-1"].map(String::from).to_vec(),
        days: 2,
        shape: Shape { files_per_day: 40, ..Plan::default().shape },
        duplicates: 50,
        late: 5_000,
        ..Plan::default()
    }
}

/// All objects of a plan, in the order of the sink.
fn objects(plan: &Plan, keys: &Keys) -> (Vec<Object>, Written) {
    let mut objects = Vec::new();
    let written = plan.objects(keys, &mut |object| {
        objects.push(object);
        Ok(())
    });
    (objects, written.unwrap())
}

/// The logs alone, for which no key is needed.
fn logs(plan: &Plan) -> (Vec<Object>, Written) {
    let plan = Plan { digests: false, ..plan.clone() };
    objects(&plan, &Keys::generate(&[]).unwrap())
}

/// The content of an object.
fn content(object: &Object) -> Value {
    serde_json::from_slice(&unpack(&object.bytes).unwrap()).unwrap()
}

/// The records of a log.
fn records(object: &Object) -> Vec<Value> {
    content(object)["Records"].as_array().unwrap().clone()
}

/// The objects of a kind, by key.
fn by_key(objects: &[Object], kind: Kind) -> BTreeMap<&str, &Object> {
    let of_kind = objects.iter().filter(|object| object.kind == kind);
    of_kind.map(|object| (object.key.as_str(), object)).collect()
}
