//! Every kind as a row, a line of CSV and a document, with names that are hostile.

use serde_json::{Value, json};

use super::{Row, csv, inert, json};
use crate::form::{self, samples};
use crate::model::{
    Authority, Cause, Change, ChangeKind, Coverage, Entity, EntityId, Run, RunId, RunState, Scope,
    SetAside, Snapshot, Status, Stored, Timestamp, Unavailable,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_327_200 + second).unwrap()
}

fn scope() -> Scope {
    "111122223333/aws-global/iam-authorization/users".parse().unwrap()
}

fn run_id() -> RunId {
    RunId::new(at(0), "")
}

fn stored(entity: Entity) -> Stored {
    let hash = form::hash(&form::write(&entity).unwrap());
    Stored {
        scope: scope(),
        entity,
        hash,
        first_seen: at(0),
        last_seen: at(1),
        changed: at(0),
        observed: at(1),
        deleted: None,
    }
}

fn sample(id: &str) -> Entity {
    let id: EntityId = id.parse().unwrap();
    samples::one_of_each().into_iter().find(|entity| entity.id() == id).unwrap()
}

fn covered(status: Status) -> Coverage {
    Coverage {
        scope: scope(),
        run: run_id(),
        status,
        at: at(9),
        as_of: None,
        seen: 2,
        set_aside: Vec::new(),
        note: None,
    }
}

fn snapshot(entities: Vec<Entity>) -> Snapshot {
    Snapshot::new(entities.into_iter().map(stored), [covered(Status::Complete)])
}

/// Kind, name, account, detail of one entity of each kind.
const ROWS: &str = "\
organization | o-example1234 | 111122223333 | management account 111122223333, ALL
root | Root | 111122223333 | policy types SERVICE_CONTROL_POLICY
organizational-unit | Workloads/Prod | 111122223333 | under r-ab12
account | payments | 444455556666 | ACTIVE
account-placement | 444455556666 | 444455556666 | /Workloads/Prod
account-tags | 444455556666 | 444455556666 | cost-center=4711, owner==1+1
delegated-administrator | 444455556666 | 444455556666 | since 2025-01-02
delegated-services | 444455556666 | 444455556666 | config.amazonaws.com, sso.amazonaws.com
trusted-service | sso.amazonaws.com | 111122223333 |
organization-policy | DenyLeaving | 111122223333 | SERVICE_CONTROL_POLICY
organization-policy-document | p-example1 | 111122223333 | 16 bytes
organization-policy-targets | p-example1 | 111122223333 | 444455556666, r-ab12
user | ana | 111122223333 | 2 groups, 2 policies, boundary
group | admins | 111122223333 | 1 policy
role | deployer | 111122223333 | last used 2026-11-20
policy | edge | 111122223333 | v2 of 2 versions
credential-report | 444455556666 | 111122223333 | of 2026-11-22T06:00:00Z, 3 rows
mfa | ana | 111122223333 | MFA unknown
password | <root> | 111122223333 | password yes, last used never
access-keys | ana | 111122223333 | 2 keys, 1 active
access-key-use | ana | 111122223333 | key 1 last used unknown, key 2 last used 2026-11-20
ssh-public-keys | ana | 111122223333 | 1 credential
signing-certificates | ana | 111122223333 | 0 credentials
service-credentials | ana | 111122223333 | 1 credential
account-summary | 444455556666 | 111122223333 | root MFA yes, root access keys unknown
account-aliases | 444455556666 | 111122223333 | acme-payments
saml-provider | okta | 111122223333 | valid until 2027-01-01T00:00:00Z
oidc-provider | token.actions.githubusercontent.com | 111122223333 |
instance-profile | web | 111122223333 | deployer
server-certificate | vpn | 111122223333 | expires 2027-01-01T00:00:00Z
identity-center-instance | ssoins-1234567890abcdef | 111122223333 | the organization's, identity store d-1234567890
permission-set | Admin | 111122223333 | PT8H
permission-set-managed-policies | arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef | 111122223333 | 1 policy
permission-set-customer-policies | arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef | 111122223333 | 1 policy
permission-set-inline-policy | arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef | 111122223333 | none
permission-set-boundary | arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef | 111122223333 | /b/edge
permission-set-tags | arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef | 111122223333 | owner=platform
permission-set-provisioning | arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef | 111122223333 | 2 accounts
assignment | ps-1234567890abcdef in 444455556666 | 444455556666 | group g-1
identity-center-user | ana.silva | 111122223333 | Ana Silva, ana@example.com
identity-center-group | Platform | 111122223333 | who runs it
identity-center-membership | d-1234567890/m-1 | 111122223333 | user u-1 in group g-1
account-regions | 444455556666 | 111122223333 | 2 of 3 enabled
resource | ledger | 111122223333 | AWS::RDS::DBInstance, available, acts as rds-s3
resource-policy | acme-logs | 111122223333 | 16 bytes
resource-setting | public-access-block of acme-logs | 111122223333 | block-public-acls=no
resource-tags | acme-logs | 111122223333 | owner==1+1
";

#[test]
fn each_kind_in_one_line() {
    let mut lines = String::new();
    for entity in samples::one_of_each() {
        let row = Row::of(&stored(entity.clone()));
        let cells = [entity.kind().word(), &row.name, row.account.as_str(), &row.detail];
        lines.push_str(cells.map(inert::terminal).join(" | ").trim_end());
        lines.push('\n');
    }
    assert_eq!(lines, ROWS, "\n{lines}");
}

#[test]
fn arns_are_those_of_the_thing_itself() {
    for entity in samples::one_of_each() {
        let text = form::value(&entity).unwrap();
        let row = Row::of(&stored(entity.clone()));
        let own = text["arn"]
            .as_str()
            .or_else(|| text["holder"]["arn"].as_str())
            .or_else(|| text["resource"].as_str());
        assert_eq!(row.arn.as_deref(), own, "{}", entity.id());
    }
}

#[test]
fn an_account_without_a_name_is_called_by_its_id() {
    let Entity::Account(mut account) = sample("account:444455556666") else { panic!() };
    account.name.clear();
    assert_eq!(Row::of(&stored(Entity::Account(account))).name, "444455556666");
}

#[test]
fn a_name_that_is_not_told_falls_back() {
    let Entity::StoreUser(mut user) = sample("identity-center-user:d-1234567890/u-1") else {
        panic!()
    };
    let mut names = Vec::new();
    names.push(Row::of(&stored(Entity::StoreUser(user.clone()))).name);
    user.user_name = None;
    names.push(Row::of(&stored(Entity::StoreUser(user.clone()))).name);
    user.display_name = None;
    names.push(Row::of(&stored(Entity::StoreUser(user))).name);
    assert_eq!(names, ["ana.silva", "Ana Silva", "u-1"]);
}

#[test]
fn the_root_user_cannot_be_taken_for_a_user_of_that_name() {
    let row = Row::of(&stored(sample("password:arn:aws:iam::444455556666:root")));
    assert_eq!(row.name, "<root>");
}

/// RFC 4180 as a strict reader takes it apart.
fn cells(line: &str) -> Vec<String> {
    let line = line.strip_suffix("\r\n").unwrap();
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    assert!(!quoted, "{line}");
    cells.push(cell);
    cells
}

#[test]
fn every_line_of_csv_has_every_column() {
    let snapshot = snapshot(samples::one_of_each());
    for stored in snapshot.entities() {
        let cells = cells(&csv::entity(stored, &snapshot).unwrap());
        assert_eq!(cells.len(), csv::COLUMNS.len(), "{cells:?}");
        let cell =
            |name: &str| &cells[csv::COLUMNS.iter().position(|column| *column == name).unwrap()];
        assert_eq!(cell("id"), &stored.entity.id().to_string());
        assert_eq!(cell("coverage"), "complete");
        let named = if cell("account") == "444455556666" { "payments" } else { "" };
        assert_eq!(cell("account_name"), named, "{cells:?}");
        let attributes: Value = serde_json::from_str(cell("attributes")).unwrap();
        assert_eq!(attributes, form::value(&stored.entity).unwrap());
    }
}

#[test]
fn hostile_names_are_text_in_every_cell() {
    for name in ["=cmd|'/C calc'!A0", "@SUM(1)", "a,\"b\"\r\nc", "-1+1", "\t=1", "＝1"] {
        let Entity::User(mut user) = sample("user:AIDAEXAMPLE1") else { panic!() };
        name.clone_into(&mut user.name);
        let snapshot = snapshot(vec![Entity::User(user)]);
        let line = csv::entity(snapshot.entities().next().unwrap(), &snapshot).unwrap();
        let cells = cells(&line);
        assert_eq!(cells.len(), csv::COLUMNS.len(), "{line}");
        assert_eq!(cells[1].trim_start_matches('\''), name, "nothing is lost: {line}");
        let formula = cells.iter().find(|cell| cell.starts_with(['=', '@', '-', '+', '\t', '＝']));
        assert_eq!(formula, None, "{line}");
    }
}

#[test]
fn an_entity_as_a_document() {
    let whole = snapshot(samples::one_of_each());
    let found =
        whole.get(&"mfa:arn:aws:iam::444455556666:user/people/ana#1735787045".parse().unwrap());
    assert_eq!(
        json::entity(found.unwrap(), &whole).unwrap(),
        json!({
            "id": "mfa:arn:aws:iam::444455556666:user/people/ana#1735787045",
            "kind": "mfa",
            "name": "ana",
            "arn": "arn:aws:iam::444455556666:user/people/ana",
            "account": "111122223333",
            "account_name": null,
            "scope": "111122223333/aws-global/iam-authorization/users",
            "coverage": "complete",
            "first_seen": "2026-11-22T06:00:00Z",
            "last_seen": "2026-11-22T06:00:01Z",
            "changed": "2026-11-22T06:00:00Z",
            "deleted": null,
            "attributes": {
                "holder": {
                    "arn": "arn:aws:iam::444455556666:user/people/ana",
                    "created": "2025-01-02T03:04:05Z",
                },
                "active": "unknown",
            },
        })
    );
}

#[test]
fn coverage_says_why() {
    let action = || "iam:ListUsers".to_owned();
    let rows = [
        (Status::Complete, json!({"status": "complete"})),
        (
            Status::Partial { action: action(), reason: "cut".to_owned() },
            json!({"status": "partial", "action": "iam:ListUsers", "reason": "cut"}),
        ),
        (
            Status::Denied { action: action(), by: Authority::Scp },
            json!({"status": "denied", "action": "iam:ListUsers", "denied_by": "scp"}),
        ),
        (
            Status::Throttled { action: action() },
            json!({"status": "throttled", "action": "iam:ListUsers"}),
        ),
        (
            Status::Unavailable(Unavailable::AccountLeft),
            json!({"status": "unavailable", "reason": "the account left the organization"}),
        ),
        (
            Status::Excluded("--regions".to_owned()),
            json!({"status": "excluded", "reason": "--regions"}),
        ),
    ];
    for (status, expected) in rows {
        let document = json::coverage(&covered(status));
        for field in ["status", "action", "reason", "denied_by"] {
            assert_eq!(document.get(field), expected.get(field), "{document}");
        }
        assert_eq!(document.get("set_aside"), None);
        assert_eq!((&document["account"], &document["seen"]), (&json!("111122223333"), &json!(2)));
    }
    let mut noted = covered(Status::Complete);
    noted.set_aside.push(SetAside { what: "row 4".to_owned(), reason: "no user".to_owned() });
    noted.note = Some("per user".to_owned());
    let document = json::coverage(&noted);
    assert_eq!(document["set_aside"], json!([{"what": "row 4", "reason": "no user"}]));
    assert_eq!(document["note"], "per user");
}

fn change(kind: ChangeKind, before: Option<Entity>, after: Option<Entity>) -> Change {
    let id = after.as_ref().or(before.as_ref()).unwrap().id();
    Change {
        scope: scope(),
        id,
        kind,
        at: at(0),
        cause: Cause::Run(run_id()),
        before_hash: None,
        after_hash: None,
        before,
        after,
    }
}

#[test]
fn changes_tell_fields_only_where_there_are_two_sides() {
    let old = sample("user:AIDAEXAMPLE1");
    let Entity::User(mut user) = old.clone() else { panic!() };
    user.groups.pop();
    user.boundary = None;
    let new = Entity::User(user);
    let document =
        json::change(&change(ChangeKind::Changed, Some(old.clone()), Some(new))).unwrap();
    assert_eq!(
        document["fields"],
        json!([
            {"field": "boundary", "before": "arn:aws:iam::444455556666:policy/edge", "after": null},
            {"field": "groups", "before": ["admins", "ops"], "after": ["admins"]},
        ])
    );
    assert_eq!(document["cause"], json!({"run": "20261122T060000Z"}));
    for (kind, before, after) in [
        (ChangeKind::Created, None, Some(old.clone())),
        (ChangeKind::Deleted, Some(old.clone()), None),
    ] {
        let document = json::change(&change(kind, before, after)).unwrap();
        assert_eq!((&document["fields"], &document["name"]), (&json!([]), &json!("ana")));
        assert_eq!(document["change"], kind.word());
    }
    // A change whose contents are gone is still told.
    let mut bare = change(ChangeKind::Deleted, Some(old), None);
    bare.before = None;
    assert_eq!(json::change(&bare).unwrap()["name"], Value::Null);
}

#[test]
fn a_run_as_a_document() {
    let run = Run {
        id: run_id(),
        trigger: "command".to_owned(),
        options: "{}".to_owned(),
        state: RunState::Open,
        started: at(0),
        finished: None,
        planned: 3,
        ended: 1,
        counters: [("api.iam:ListUsers".to_owned(), 2)].into(),
    };
    assert_eq!(
        json::run(&run),
        json!({
            "id": "20261122T060000Z",
            "trigger": "command",
            "state": "open",
            "started": "2026-11-22T06:00:00Z",
            "finished": null,
            "units": {"planned": 3, "ended": 1},
            "counters": {"api.iam:ListUsers": 2},
        })
    );
}

#[test]
fn documents_that_are_no_objects_keep_their_body() {
    assert_eq!(json::document("x", json!([1])), json!({"schema": "accesstrail.x/1", "body": [1]}));
    // The schema is ours to say.
    assert_eq!(json::document("x", json!({"a": 1}))["schema"], "accesstrail.x/1");
}
