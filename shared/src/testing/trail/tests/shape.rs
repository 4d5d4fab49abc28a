//! Keys, times, sizes and what stays the same.

use std::collections::BTreeSet;

use super::{
    super::{clock::DAY, digest::sha256},
    *,
};

/// One hash over keys and contents.
fn fingerprint(objects: &[Object]) -> String {
    let mut all = Vec::new();
    for object in objects {
        all.extend_from_slice(object.key.as_bytes());
        all.extend_from_slice(&unpack(&object.bytes).unwrap());
    }
    sha256(&all)
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let keys = Keys::generate(&small(1).regions).unwrap();
    let (first, counts) = objects(&small(1), &keys);
    let (second, again) = objects(&small(1), &keys);
    assert_eq!(first, second);
    assert_eq!(counts, again);
    let (other, _) = objects(&small(2), &keys);
    assert_ne!(first, other);
    // Other keys make other signatures, and nothing else of another length or name.
    let (resigned, _) = objects(&small(1), &Keys::generate(&small(1).regions).unwrap());
    for (object, resigned) in first.iter().zip(&resigned) {
        assert_eq!(object.key, resigned.key);
        assert_eq!(object.kind == Kind::Log, object == resigned, "{}", object.key);
    }
}

#[test]
fn the_logs_of_a_seed_are_those_of_every_run_and_machine() {
    let (objects, _) = logs(&Plan { oddities: true, ..small(1) });
    assert_eq!(
        fingerprint(&objects),
        "9b7bb6c8227d842710ea4364b049b2c56bceb184104ff985512ad17ab9bb8146"
    );
}

#[test]
fn a_log_lies_in_the_folder_of_its_delivery() {
    let plan = Plan {
        prefix: "trails/".to_owned(),
        organization: Some("o-exampleorg1".to_owned()),
        ..small(9)
    };
    let (objects, _) = logs(&plan);
    let mut names = BTreeSet::new();
    for object in &objects {
        let day = object.delivered.folder();
        let Object { account, region, .. } = object;
        let minute = object.delivered.minute();
        let start = format!(
            "trails/AWSLogs/o-exampleorg1/{account}/CloudTrail/{region}/{day}/\
             {account}_CloudTrail_{region}_{minute}_"
        );
        let rest = object.key.strip_prefix(&start).expect(&object.key);
        let unique = rest.strip_suffix(".json.gz").unwrap();
        assert_eq!(unique.len(), 16);
        assert!(unique.chars().all(|letter| letter.is_ascii_alphanumeric()));
        assert!(names.insert(&object.key), "{} twice", object.key);
    }
    assert!(plan.organization.is_some());
}

#[test]
fn events_come_before_their_delivery_and_some_late_or_out_of_order() {
    let plan = Plan { late: 5_000, ..small(10) };
    let (objects, _) = logs(&plan);
    let (mut late, mut swapped, mut all) = (0, 0, 0);
    for object in &objects {
        let mut before = String::new();
        for record in records(object) {
            let time = record["eventTime"].as_str().unwrap().to_owned();
            assert!(time < object.delivered.text(), "{time}");
            late += usize::from(time < object.delivered.plus(-1_300).text());
            swapped += usize::from(time < before);
            before = time;
            all += 1;
        }
    }
    assert!(late > 0 && late < all / 20, "{late} of {all} late");
    assert!(swapped > all / 100 && swapped < all / 5, "{swapped} of {all} out of order");
}

#[test]
fn a_tree_is_what_the_sink_was_given() {
    let root = tempfile::tempdir().unwrap();
    let plan = small(11);
    let written = plan.write(root.path()).unwrap();
    let keys = Keys::generate(&plan.regions).unwrap();
    let (objects, counts) = objects(&plan, &keys);
    assert_eq!(written, counts);
    assert_eq!(by_key(&objects, Kind::Log).len() as u64, written.files);
    assert_eq!(by_key(&objects, Kind::Digest).len() as u64, written.digests);
    for object in objects.iter().filter(|object| object.kind == Kind::Log) {
        assert_eq!(std::fs::read(root.path().join(&object.key)).unwrap(), object.bytes);
    }
    let metadata = std::fs::read_to_string(root.path().join(METADATA)).unwrap();
    for line in metadata.lines() {
        let read: Value = serde_json::from_str(line).unwrap();
        assert!(root.path().join(read["key"].as_str().unwrap()).is_file());
        assert_eq!(read["metadata"]["signature"].as_str().unwrap().len(), 512);
        assert_eq!(read["metadata"]["signature-algorithm"], "SHA256withRSA");
    }
    assert_eq!(metadata.lines().count() as u64, written.digests);
    assert!(root.path().join(PUBLIC_KEYS).is_file());
}

/// Sorted numbers of records of the files of one account and region, and the files of the whole plan.
fn sizes(plan: &Plan) -> (Vec<u64>, usize) {
    let mut sizes = Vec::new();
    for account in &plan.accounts {
        for region in &plan.regions {
            sizes.extend(plan.schedule(account, region).into_iter().map(|(_, records)| records));
        }
    }
    sizes.sort_unstable();
    let files = sizes.len();
    (sizes, files)
}

#[test]
fn the_corpora_have_their_shapes() {
    let (many, files) = sizes(&Corpus::many_small());
    assert!((11_000..11_700).contains(&files), "{files}");
    assert!((4..=5).contains(&many[files / 2]), "{}", many[files / 2]);
    assert!((20..27).contains(&many[files * 9 / 10]), "{}", many[files * 9 / 10]);
    assert!((5_000..6_200).contains(&many[files - 1]), "{}", many[files - 1]);
    let records: u64 = many.iter().sum();
    assert!((138_000..150_000).contains(&records), "{records}");

    let (few, files) = sizes(&Corpus::few_large());
    assert!((480..530).contains(&files), "{files}");
    assert!((2_000..2_600).contains(&few[files - 1]), "{}", few[files - 1]);
    let records: u64 = few.iter().sum();
    assert!((138_000..150_000).contains(&records), "{records}");
}

#[test]
fn a_record_is_as_large_as_real_ones() {
    let (_, written) = logs(&small(12));
    let size = written.json_bytes / written.records;
    assert!((1_250..1_800).contains(&size), "{size} bytes");
    assert!(written.bytes * 3 < written.json_bytes);
}

#[test]
fn the_habits_of_the_demo_show() {
    let arns: Vec<String> = (0..20)
        .map(|number| format!("arn:aws:iam::111122223333:role/team-{number}"))
        .chain((0..10).map(|number| format!("arn:aws:iam::111122223333:user/person-{number}")))
        .collect();
    let account = ("111122223333".to_owned(), arns.clone());
    let plan = Plan::demo(
        1,
        "o-exampleorg1",
        &[account],
        &["us-east-1".to_owned()],
        Moment::day(2026, 7, 1),
    );
    let (objects, written) = logs(&plan);
    let mut last: BTreeMap<String, String> = BTreeMap::new();
    for record in objects.iter().flat_map(records) {
        let identity = &record["userIdentity"];
        let issuer = identity["sessionContext"]["sessionIssuer"]["arn"].as_str();
        let Some(arn) = issuer.or(identity["arn"].as_str()) else { continue };
        assert!(arns.iter().any(|known| known == arn), "{arn}");
        let time = record["eventTime"].as_str().unwrap();
        let known = last.entry(arn.to_owned()).or_default();
        *known = time.to_owned().max(known.clone());
    }
    let (mut never, mut stopped) = (0, 0);
    for actor in plan.actors.values().flatten() {
        let seen = last.get(&actor.arn);
        assert_eq!(seen.is_none(), actor.until <= actor.from, "{}", actor.arn);
        never += usize::from(seen.is_none());
        if let Some(seen) = seen.filter(|_| actor.until < 35) {
            let end = plan.from.plus(i64::try_from(actor.until).unwrap() * DAY);
            assert!(*seen < end.text(), "{seen} {}", end.text());
            stopped += 1;
        }
    }
    assert!(never > 0 && stopped > 0, "{never} never, {stopped} stopped");
    assert!((1_500..4_500).contains(&written.records), "{}", written.records);
}
