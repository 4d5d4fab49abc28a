//! What planted faults leave.

use super::*;

fn fault(harm: Harm, hours: i64) -> Fault {
    let plan = small(31);
    Fault {
        harm,
        account: ACCOUNTS[1].to_owned(),
        region: "eu-west-1".to_owned(),
        from: plan.from.plus(hours * 3_600),
    }
}

/// The objects before and after, with what was harmed.
fn harmed(faults: Vec<Fault>) -> (Vec<Object>, Vec<Object>, Vec<Harmed>) {
    let plan = small(31);
    let (before, _) = objects(&plan, &Keys::generate(&plan.regions).unwrap());
    let mut faults = Faults::new(faults);
    let after = before.iter().cloned().filter_map(|object| faults.change(object)).collect();
    let harmed = faults.harmed().to_vec();
    (before, after, harmed)
}

#[test]
fn a_log_loses_its_last_record() {
    let (before, after, harmed) = harmed(vec![fault(Harm::EditLog, 9)]);
    assert_eq!(before.len(), after.len());
    let changed: Vec<(&Object, &Object)> =
        before.iter().zip(&after).filter(|(before, after)| before != after).collect();
    let [(whole, edited)] = changed[..] else { panic!("{} changed", changed.len()) };
    assert_eq!(harmed, [Harmed { harm: Harm::EditLog, key: whole.key.clone() }]);
    let (whole, edited) = (records(whole), records(edited));
    assert_eq!(whole.len(), edited.len() + 1);
    assert!(whole.starts_with(&edited) && !edited.is_empty());
}

#[test]
fn a_log_and_a_digest_are_deleted() {
    let (before, after, harmed) =
        harmed(vec![fault(Harm::DeleteLog, 12), fault(Harm::DeleteDigest, 20)]);
    let left = |kind| by_key(&before, kind).len() - by_key(&after, kind).len();
    assert_eq!((left(Kind::Log), left(Kind::Digest)), (1, 1));
    assert_eq!(harmed.len(), 2);
    for harmed in &harmed {
        assert!(after.iter().all(|object| object.key != harmed.key));
        let object = before.iter().find(|object| object.key == harmed.key).unwrap();
        assert_eq!((object.account.as_str(), object.region.as_str()), (ACCOUNTS[1], "eu-west-1"));
        assert_eq!(object.kind == Kind::Log, harmed.harm == Harm::DeleteLog);
        let logs = content(object)["logFiles"].as_array().map_or(1, Vec::len);
        assert!(logs > 0, "{} names no log", harmed.key);
    }
}

#[test]
fn hours_are_deleted_whole() {
    let (before, after, harmed) = harmed(vec![fault(Harm::DeleteHours(4), 8)]);
    let start = small(31).from.plus(8 * 3_600);
    let gone = |object: &&Object| {
        let hour = object.hour > start && object.hour <= start.plus(4 * 3_600);
        hour && object.account == ACCOUNTS[1] && object.region == "eu-west-1"
    };
    assert_eq!(after.iter().filter(gone).count(), 0);
    let lost: Vec<&Object> = before.iter().filter(gone).collect();
    assert_eq!(lost.len(), harmed.len());
    assert_eq!(before.len(), after.len() + lost.len());
    // Four hours of the first trail and four of the second, whose home this region is.
    assert_eq!(lost.iter().filter(|object| object.kind == Kind::Digest).count(), 8);
    assert!(lost.iter().any(|object| object.kind == Kind::Log));
}

#[test]
fn a_fault_that_fits_nothing_harms_nothing() {
    let mut elsewhere = fault(Harm::DeleteLog, 0);
    elsewhere.account = "999999999999".to_owned();
    let (before, after, harmed) = harmed(vec![elsewhere, fault(Harm::EditLog, 9_000)]);
    assert_eq!(before, after);
    assert!(harmed.is_empty());
}

#[test]
fn a_tree_is_written_as_changed() {
    let root = tempfile::tempdir().unwrap();
    let mut faults = Faults::new(vec![fault(Harm::DeleteDigest, 5)]);
    let written =
        small(31).write_changed(root.path(), &mut |object| faults.change(object)).unwrap();
    let [harmed] = faults.harmed() else { panic!("{:?}", faults.harmed()) };
    assert!(!root.path().join(&harmed.key).exists());
    let metadata = std::fs::read_to_string(root.path().join(METADATA)).unwrap();
    assert!(!metadata.contains(&harmed.key));
    assert_eq!(metadata.lines().count() as u64 + 1, written.digests);
}
