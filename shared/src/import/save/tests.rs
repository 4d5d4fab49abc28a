//! Imports into a store: what they add, bury and leave as it is.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::super::{find, plan as make_plan};
use super::*;
use crate::model::{Kind, Unavailable};
use crate::port::Query;
use crate::store::sqlite::SqliteStore;
use crate::testing::cli_answers::{credential_csv, credential_report, details, organization};
use crate::testing::sample::{ACCOUNT, OTHER_ACCOUNT, at};

/// A clock that stands still.
#[derive(Debug)]
struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A store, and a folder for the files.
struct Desk {
    folder: TempDir,
    store: SqliteStore,
}

impl Desk {
    fn new() -> Self {
        let store = SqliteStore::in_memory().unwrap();
        Self { folder: tempfile::tempdir().unwrap(), store }
    }

    fn write(&self, name: &str, content: &Value) -> PathBuf {
        self.write_text(name, &content.to_string())
    }

    fn write_text(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Imports files of that moment, a while after it.
    async fn import(&self, paths: &[&Path], as_of: i64) -> Imported {
        let plan = plan_of(paths, as_of).unwrap();
        save(&self.store, &At(at(as_of + 3_600)), &plan).await.unwrap()
    }

    async fn names(&self, kind: Kind) -> Vec<String> {
        let query = Query { kind: Some(kind), ..Query::default() };
        let answer = self.store.entities(&query, None, 1_000).await.unwrap();
        let live = answer.items.into_iter().filter(|stored| stored.deleted.is_none());
        let mut names: Vec<String> =
            live.map(|stored| crate::report::Row::of(&stored).name).collect();
        names.sort();
        names
    }
}

/// The plan of files of that moment.
fn plan_of(paths: &[&Path], as_of: i64) -> Result<Plan, Refusal> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
    make_plan(&find(&paths)?.files, Some(at(as_of)), at(1_000_000))
}

fn changes(imported: &Imported) -> [u64; 3] {
    let counters = &imported.run.as_ref().unwrap().counters;
    ["created", "changed", "deleted"]
        .map(|name| counters.get(&format!("entities.{name}")).copied().unwrap_or_default())
}

#[tokio::test]
async fn an_import_adds_changes_nothing_again_and_buries_what_is_gone() {
    let desk = Desk::new();
    let first = desk.write("a.json", &details(ACCOUNT, &["ana", "bob"], &["web"]));
    let imported = desk.import(&[&first], 0).await;
    // Two users, a role, the customer's policy and the one of AWS that is in use.
    assert_eq!(changes(&imported), [5, 0, 0]);
    assert_eq!(imported.coverage.len(), 1);
    assert_eq!(imported.coverage[0].status, Status::Complete);
    assert_eq!(imported.coverage[0].as_of, Some(at(0)));
    assert_eq!(imported.coverage[0].note.as_deref(), Some("imported from a.json"));
    assert_eq!(imported.run.as_ref().unwrap().trigger, IMPORT);

    let again = desk.import(&[&first], 0).await;
    assert_eq!(changes(&again), [0, 0, 0]);
    assert_ne!(again.run.unwrap().id, imported.run.unwrap().id);

    let second = desk.write("b.json", &details(ACCOUNT, &["ana", "cyd"], &["web"]));
    assert_eq!(changes(&desk.import(&[&second], 60).await), [1, 0, 1]);
    assert_eq!(desk.names(Kind::User).await, ["ana", "cyd"]);
    assert_eq!(desk.names(Kind::Policy).await, ["ReadOnlyAccess", "reader"]);

    // The first file is older than what is known now.
    let late = desk.import(&[&first], 0).await;
    assert!(late.run.is_none() && late.coverage.is_empty());
    assert_eq!((late.passed[0].as_of, late.passed[0].known), (at(0), at(60)));
    assert_eq!(desk.names(Kind::User).await, ["ana", "cyd"]);
}

#[tokio::test]
async fn what_may_be_a_part_buries_nothing() {
    let whole = details(ACCOUNT, &["ana", "bob"], &["web"]);
    let mut page = details(ACCOUNT, &["ana"], &["web"]);
    page["IsTruncated"] = true.into();
    let filtered = details(ACCOUNT, &["ana"], &[]);
    let mut without = details(ACCOUNT, &["ana"], &["web"]);
    without.as_object_mut().unwrap().remove("GroupDetailList");
    for part in [page, filtered, without] {
        let desk = Desk::new();
        let first = desk.write("a.json", &whole);
        desk.import(&[&first], 0).await;
        let second = desk.write("b.json", &part);
        let imported = desk.import(&[&second], 60).await;
        assert_eq!(imported.coverage[0].status.word(), "partial", "{part}");
        assert_eq!(changes(&imported), [0, 0, 0]);
        assert_eq!(desk.names(Kind::User).await, ["ana", "bob"]);
    }
}

#[tokio::test]
async fn pages_of_one_answer_are_put_together() {
    let desk = Desk::new();
    let mut first = details(ACCOUNT, &["ana", "bob"], &["web"]);
    first["IsTruncated"] = true.into();
    let one = desk.write("1.json", &first);
    let two = desk.write("2.json", &details(ACCOUNT, &["bob", "cyd"], &[]));
    let imported = desk.import(&[&one, &two], 0).await;
    assert_eq!(desk.names(Kind::User).await, ["ana", "bob", "cyd"]);
    assert_eq!(imported.coverage[0].seen, 5);

    // The same user with other content in two pages: they were made at two times.
    let mut second = details(ACCOUNT, &["bob"], &[]);
    second["UserDetailList"][0]["GroupList"] = serde_json::json!(["admins"]);
    let desk = Desk::new();
    let paths = [desk.write("1.json", &first), desk.write("2.json", &second)];
    let plan = plan_of(&[&paths[0], &paths[1]], 0).unwrap();
    let error = save(&desk.store, &At(at(10)), &plan).await.unwrap_err();
    assert!(error.to_string().contains("other content"), "{error}");
    assert_eq!(desk.names(Kind::User).await.len(), 0);
}

#[tokio::test]
async fn a_folder_of_accounts_is_one_run() {
    let desk = Desk::new();
    desk.write("one.json", &details(ACCOUNT, &["ana"], &["web"]));
    desk.write("two.json", &details(OTHER_ACCOUNT, &["bob"], &["db"]));
    desk.write_text("report.csv", &credential_csv(ACCOUNT, &["ana"]));
    desk.write("organization.json", &organization(ACCOUNT, &[OTHER_ACCOUNT]));
    let imported = desk.import(&[desk.folder.path()], 0).await;
    let statuses: Vec<(String, &str)> = imported
        .coverage
        .iter()
        .map(|each| {
            let scope = &each.scope;
            (format!("{}/{}", scope.account, scope.capability), each.status.word())
        })
        .collect();
    let scope = |account: &str, capability: &str| (format!("{account}/{capability}"), "complete");
    let expected = [
        scope(ACCOUNT, "authorization-details"),
        scope(ACCOUNT, "access-key-use"),
        scope(ACCOUNT, "access-keys"),
        scope(ACCOUNT, "credential-report"),
        scope(ACCOUNT, "mfa"),
        scope(ACCOUNT, "passwords"),
        scope(ACCOUNT, "accounts"),
        scope(ACCOUNT, "hierarchy"),
        scope(ACCOUNT, "organization"),
        scope(OTHER_ACCOUNT, "authorization-details"),
    ];
    assert_eq!(statuses, expected);
    assert_eq!(desk.names(Kind::AccountPlacement).await.len(), 2);
    assert_eq!(desk.names(Kind::Password).await, ["<root>", "ana"]);
}

#[tokio::test]
async fn a_report_is_about_the_time_at_which_aws_made_it() {
    let desk = Desk::new();
    let made = at(-500).to_string();
    let path = desk.write("report.json", &credential_report(ACCOUNT, &["ana"], &made));
    let plan = make_plan(&[path], None, at(0)).unwrap();
    let imported = save(&desk.store, &At(at(0)), &plan).await.unwrap();
    assert!(imported.coverage.iter().all(|each| each.as_of == Some(at(-500))));
}

#[tokio::test]
async fn two_answers_to_one_question_and_wrong_names_are_refused_before_anything_is_written() {
    let desk = Desk::new();
    let one = desk.write("1.json", &details(ACCOUNT, &["ana"], &["web"]));
    let two = desk.write("2.json", &details(ACCOUNT, &["ana"], &["web"]));
    let error = plan_of(&[&one, &two], 0).unwrap_err();
    assert!(error.to_string().contains("same question"), "{error}");
    let named = desk.write(&format!("{OTHER_ACCOUNT}.json"), &details(ACCOUNT, &["a"], &["web"]));
    let error = plan_of(&[&named], 0).unwrap_err();
    assert!(error.to_string().contains("speaks of"), "{error}");
}

#[tokio::test]
async fn an_account_that_changes_between_the_looks_stays_as_it_is() {
    let desk = Desk::new();
    let path = desk.write("a.json", &details(ACCOUNT, &["ana"], &["web"]));
    let plan = plan_of(&[&path], 0).unwrap();
    desk.write_text("a.json", "{\"UserDetailList\": [");
    let error = save(&desk.store, &At(at(10)), &plan).await.unwrap_err();
    assert!(error.to_string().contains("half-written"), "{error}");
    assert_eq!(desk.names(Kind::User).await.len(), 0);
    // The same command goes on with the same run once the file is whole again.
    let path = desk.write("a.json", &details(ACCOUNT, &["ana"], &["web"]));
    let plan = plan_of(&[&path], 0).unwrap();
    let imported = save(&desk.store, &At(at(20)), &plan).await.unwrap();
    assert_eq!(desk.store.runs(10).await.unwrap().len(), 1);
    assert_eq!(imported.run.unwrap().state, RunState::Closed);
}

#[tokio::test]
async fn imported_accounts_do_not_leave_an_organization_that_they_were_never_in() {
    let desk = Desk::new();
    let stranger = desk.write("a.json", &details("777788889999", &["ana"], &["web"]));
    desk.import(&[&stranger], 0).await;
    let chart = desk.write("b.json", &organization(ACCOUNT, &[OTHER_ACCOUNT]));
    desk.import(&[&chart], 60).await;
    let left = Status::Unavailable(Unavailable::AccountLeft);
    let latest = desk.store.latest_coverage().await.unwrap();
    assert!(latest.iter().all(|each| each.status != left), "{latest:?}");
}
