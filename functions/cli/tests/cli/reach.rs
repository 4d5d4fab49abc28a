//! `can`, `who-can`, `what-can`, `what-if` and `paths`, over files and over a store.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::world::{DEMO, Ran, program, run};

const ACCOUNT: &str = "111122223333";
const ANA: &str = "arn:aws:iam::111122223333:user/ana";
const BOB: &str = "arn:aws:iam::111122223333:user/bob";
const STEP: &str = "arn:aws:iam::111122223333:role/step";
const ADMIN: &str = "arn:aws:iam::111122223333:role/admin";
const KEY: &str = "arn:aws:s3:::data/key";

fn policy(statements: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

/// ana becomes `step`, which becomes `admin`; bob reads with a second factor; a bucket lets the account read; GitHub comes
/// into `step`, and Identity Center gives eve nothing.
fn organization() -> Value {
    let trust = |principal: &Value, action: &str| json!({"Effect": "Allow", "Action": action, "Principal": principal});
    let account = json!({"AWS": ACCOUNT});
    let github = json!({"Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com")});
    let mut by_token = trust(&github, "sts:AssumeRoleWithWebIdentity");
    by_token["Condition"] =
        json!({"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*"}});
    let mut with_factor = allow("s3:GetObject", "arn:aws:s3:::data/*");
    with_factor["Condition"] = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let full = policy(&json!([allow("*", "*")]));
    json!({
        "organization": {"id": "o-example", "management_account": "444455556666",
            "ous": {"r-1": {"parent": null, "scps": ["full"], "rcps": []}},
            "accounts": {ACCOUNT: {"ou": "r-1", "scps": ["full", "rail"], "rcps": []}},
            "policies": {"full": full, "rail": policy(&json!([
                {"Effect": "Deny", "Action": "organizations:*", "Resource": "*"}]))}},
        "principals": [
            {"arn": ANA, "type": "user", "account": ACCOUNT, "inline": [policy(&json!([allow("sts:AssumeRole", STEP)]))]},
            {"arn": BOB, "type": "user", "account": ACCOUNT, "inline": [policy(&json!([with_factor]))]},
            {"arn": STEP, "type": "role", "account": ACCOUNT, "inline": [policy(&json!([allow("sts:AssumeRole", ADMIN)]))],
             "trust": policy(&json!([trust(&account, "sts:AssumeRole"), by_token]))},
            {"arn": ADMIN, "type": "role", "account": ACCOUNT, "inline": [full],
             "trust": policy(&json!([trust(&account, "sts:AssumeRole")]))},
        ],
        "resources": [{"arn": "arn:aws:s3:::data", "account": ACCOUNT, "policy": policy(&json!([
            {"Effect": "Allow", "Principal": {"AWS": STEP}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}]))}],
    })
}

fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("org.json"), organization().to_string()).unwrap();
    folder
}

fn ask(folder: &Path, arguments: &[&str]) -> Ran {
    run(program(folder).args(arguments), &["--import", "org.json"])
}

fn answer(arguments: &[&str], schema: &str) -> Value {
    let folder = folder();
    let ran = ask(folder.path(), &[arguments, &["--json"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.document(schema)
}

#[test]
fn can_says_the_decision_and_its_statements() {
    let found = answer(&["can", STEP, "s3:GetObject", KEY], "can");
    assert_eq!((&found["decision"], &found["principal"]), (&json!("allowed"), &json!(STEP)));
    let layers: Vec<&str> = found["decided_by"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["layer"].as_str().unwrap())
        .collect();
    assert!(layers.contains(&"resource_policy") && layers.contains(&"scp"), "{found}");
    let denied = answer(&["can", ADMIN, "organizations:LeaveOrganization", "*"], "can");
    assert_eq!(denied["decision"], "explicitly_denied");
    assert_eq!(denied["decided_by"][0]["policy"], format!("rail at {ACCOUNT}"));
    let folder = folder();
    let text = ask(folder.path(), &["can", BOB, "s3:GetObject", KEY]);
    assert_eq!(text.code, 0, "{text:?}");
    assert_eq!(
        text.out,
        "conditional: it hangs on keys whose values are not known\n  \
         Allow by scp: statement 1 of full at r-1\n  Allow by scp: statement 1 of full at 111122223333\n  \
         Allow by identity_policy: statement 1 of inline 1, perhaps\n    if Bool aws:MultiFactorAuthPresent true\n  \
         not known: aws:MultiFactorAuthPresent\n"
    );
}

#[test]
fn can_is_expected_to_say_something() {
    let with = "aws:MultiFactorAuthPresent=true";
    let rows: [(&[&str], i32); 8] = [
        (&["can", BOB, "s3:GetObject", KEY, "--expect", "conditional"], 0),
        (&["can", BOB, "s3:GetObject", KEY, "--expect", "allow"], 5),
        (&["can", BOB, "s3:GetObject", KEY, "--expect", "allow", "--context", with], 0),
        (
            &[
                "can",
                BOB,
                "s3:GetObject",
                KEY,
                "--expect",
                "deny",
                "--context",
                "aws:MultiFactorAuthPresent",
            ],
            0,
        ),
        (&["can", BOB, "s3:PutObject", KEY, "--expect", "deny"], 0),
        (&["can", ADMIN, "organizations:LeaveOrganization", "*", "--expect", "deny"], 0),
        (&["can", ADMIN, "s3:PutObject", KEY, "--expect", "deny"], 5),
        // Who was not collected is unknown: neither allowed nor denied.
        (
            &["can", "arn:aws:iam::111122223333:user/eve", "s3:GetObject", KEY, "--expect", "deny"],
            5,
        ),
    ];
    let folder = folder();
    for (arguments, code) in rows {
        for json in [&[][..], &["--json"]] {
            let ran = ask(folder.path(), &[arguments, json].concat());
            assert_eq!(ran.code, code, "{ran:?}");
            assert!(!ran.out.is_empty(), "the answer is told all the same: {ran:?}");
        }
    }
}

#[test]
fn what_is_no_question_is_refused() {
    let nobody = "arn:aws:iam::111122223333:user/nobody";
    let rows: [(&[&str], &str); 9] = [
        (&["can", "ana", "s3:GetObject", KEY], "`ana` is no principal"),
        (&["can", ANA, "GetObject", KEY], "`GetObject` is no action"),
        (&["can", ANA, "s3:Get*", KEY], "`s3:Get*` is no action"),
        (&["can", ANA, "s3:GetObject", "data/key"], "`data/key` is no resource"),
        (&["who-can", "s3:GetObject", "data"], "`data` is no resource"),
        (&["what-can", nobody], "accesstrail list user"),
        (&["paths", "--from", nobody], "nobody has the ARN"),
        (&["paths", "--to", nobody], "nobody has the ARN"),
        (&["who-can", "--queries", "nowhere.jsonl"], "nowhere.jsonl"),
    ];
    let folder = folder();
    for (arguments, part) in rows {
        let ran = ask(folder.path(), arguments);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
        assert!(ran.err.contains(part), "{part} in {}", ran.err);
        let document = ask(folder.path(), &[arguments, &["--json"]].concat()).document("error");
        assert!(document["error"].as_str().unwrap_or_default().contains(part), "{document}");
    }
    let ran = run(&mut program(folder.path()), &["paths", "--import", "none.json"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("none.json"), "{ran:?}");
    fs::write(folder.path().join("broken.json"), "{").unwrap();
    let ran = run(&mut program(folder.path()), &["paths", "--import", "broken.json"]);
    assert!(ran.err.contains("set aside: broken.json"), "{ran:?}");
}

#[test]
fn who_can_tells_everybody_and_their_chains() {
    let direct = answer(&["who-can", "s3:GetObject", KEY], "who-can");
    assert_eq!((&direct["who"], &direct["conditional"]), (&json!([ADMIN, STEP]), &json!([BOB])));
    assert!(direct.get("through_roles").is_none());
    let with = "aws:MultiFactorAuthPresent=true";
    let known = answer(&["who-can", "s3:GetObject", KEY, "--context", with], "who-can");
    assert_eq!(known["who"], json!([ADMIN, STEP, BOB]));
    let chains = answer(&["who-can", "s3:PutObject", KEY, "--chains"], "who-can");
    assert_eq!(chains["who"], json!([ADMIN]));
    assert_eq!(chains["through_roles"], json!([[STEP, ADMIN], [ANA, STEP, ADMIN]]));
    assert_eq!(chains["entrances"][0]["kind"], "oidc");
    assert_eq!(chains["entrances"][0]["role"], STEP);
    let assumed = answer(&["who-can", "sts:AssumeRole", STEP], "who-can");
    assert_eq!(assumed["who"], json!([ADMIN, ANA]));
    let condition = &assumed["entrances"][0]["conditions"][0];
    assert_eq!(condition["key"], "token.actions.githubusercontent.com:sub");
    let folder = folder();
    let text = ask(folder.path(), &["who-can", "s3:PutObject", KEY, "--chains"]).out;
    assert!(
        text.starts_with(&format!("1 can:\n  {ADMIN}\n2 can through roles:\n  {STEP} → {ADMIN}\n")),
        "{text}"
    );
    assert!(
        text.contains(
            "who comes in from outside:\n  into arn:aws:iam::111122223333:role/step\n    oidc arn:aws:iam::111122223333:oidc-provider/"
        ),
        "{text}"
    );
}

#[test]
fn who_can_answers_a_line_for_each_question() {
    let folder = folder();
    let lines = format!(
        "{}\n\n{}\nnothing\n{}\n",
        json!({"action": "s3:GetObject", "resource": KEY}),
        json!({"action": "s3:GetObject", "resource": KEY, "context": {"aws:MultiFactorAuthPresent": "true"}}),
        json!({"action": "nosuchservice:Do", "resource": "*"})
    );
    fs::write(folder.path().join("questions.jsonl"), lines).unwrap();
    let ran = ask(folder.path(), &["who-can", "--queries", "questions.jsonl"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let answers: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 4);
    assert_eq!(answers[0]["conditional"], json!([BOB]));
    assert_eq!(answers[1]["who"], json!([ADMIN, STEP, BOB]));
    assert!(answers[2]["error"].is_string());
    let unknown =
        json!({"action": "nosuchservice:Do", "resource": "*", "who": [ADMIN], "conditional": []});
    assert_eq!(answers[3], unknown, "what is to be said of it is not among the answers");
    for word in ["4 answered in", "has no service `nosuchservice`"] {
        assert!(ran.err.contains(word), "{word}: {}", ran.err);
    }
}

#[test]
fn who_can_tells_what_is_taken_for_granted() {
    let elsewhere = "arn:aws:s3:::other/key";
    let found = answer(&["who-can", "s3:GetObject", elsewhere], "who-can");
    let note = found["notes"][0].as_str().unwrap();
    assert!(note.contains("was not collected"), "{found}");
    let narrowed = answer(&["who-can", "ec2:DescribeInstances", KEY], "who-can");
    assert!(narrowed["notes"][0].as_str().unwrap().contains("asked on `*`"), "{narrowed}");
}

#[test]
fn what_can_tells_grants_of_policies_and_of_resources() {
    let found = answer(&["what-can", STEP], "what-can");
    let grants = found["grants"].as_array().unwrap();
    assert_eq!(grants[0]["actions"], json!(["sts:AssumeRole"]));
    assert!(grants[0].get("named").is_none());
    assert_eq!(grants[1]["named"], "itself");
    assert_eq!(grants[1]["resources"], json!(["arn:aws:s3:::data/*"]));
    let folder = folder();
    let text = ask(folder.path(), &["what-can", STEP]).out;
    let words = "s3:GetObject on arn:aws:s3:::data/*\n  statement 1 of policy of arn:aws:s3:::data, which names it\n";
    assert!(text.contains(words), "{text}");
}

#[test]
fn what_if_tells_who_gains_and_who_loses() {
    let folder = folder();
    let write = |name: &str, document: &Value| {
        fs::write(folder.path().join(name), document.to_string()).unwrap();
    };
    write("less.json", &policy(&json!([allow("sts:AssumeRole", BOB)])));
    let less = ["what-if", ANA, "--inline", "1", "--document", "less.json"];
    let text = ask(folder.path(), &less);
    assert_eq!(text.code, 0, "{text:?}");
    assert!(text.out.contains("1 of 1 whom it is about gain or lose access"), "{}", text.out);
    assert!(text.out.contains(ANA) && text.out.contains(&format!("on {STEP}")), "{}", text.out);

    write(
        "open.json",
        &policy(&json!([
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}])),
    );
    let open = ["what-if", "arn:aws:s3:::data", "--document", "open.json", "--json"];
    let found = ask(folder.path(), &open).document("what-if");
    let moved = found["moved"].as_array().unwrap();
    let gains = moved.iter().find(|it| it["principals"].as_array().unwrap().contains(&json!(ANA)));
    assert_eq!(gains.unwrap()["moves"][0]["after"], "certain", "{found:#}");

    let nothing = ask(folder.path(), &["what-if", "p-nothing", "--document", "open.json"]);
    assert!(nothing.code == 1 && nothing.err.contains("p-nothing"), "{nothing:?}");
    write("bad.json", &json!("no policy"));
    let bad = ask(folder.path(), &["what-if", ANA, "--inline", "1", "--document", "bad.json"]);
    assert!(bad.code == 1 && bad.err.contains("no policy"), "{bad:?}");
}

#[test]
fn paths_are_ranked_and_end_where_they_say() {
    let all = answer(&["paths"], "paths");
    assert_eq!((&all["to"], &all["administrators"]), (&json!("admin"), &json!([ADMIN])));
    let paths = all["paths"].as_array().unwrap();
    let ranked: Vec<(&str, &Value)> =
        paths.iter().map(|it| (it["principal"].as_str().unwrap(), &it["path"])).collect();
    assert_eq!(ranked, [(STEP, &json!(["sts-001"])), (ANA, &json!(["sts-001", "sts-001"]))]);
    let permission = &paths[0]["hops"][0]["permissions"][0];
    assert_eq!(
        (&permission["action"], &permission["resource"]),
        (&json!("sts:AssumeRole"), &json!(ADMIN))
    );
    assert!(permission["statements"].as_array().unwrap().len() > 1, "{permission}");
    assert_eq!(paths[0]["change"]["from"][0]["policy"], format!("inline 1 of {STEP}"));
    assert_eq!(all["fixes"][0]["ends"], json!([STEP, ANA]));
    assert_eq!(all["entrances"][0]["kind"], "oidc");
    let one = answer(&["paths", "--from", ANA], "paths");
    assert_eq!(one["paths"].as_array().unwrap().len(), 1);
    let to = answer(&["paths", "--to", STEP, "--from", ANA], "paths");
    assert_eq!((&to["to"], &to["paths"][0]["path"]), (&json!(STEP), &json!(["sts-001"])));
    let folder = folder();
    let text = |arguments: &[&str]| ask(folder.path(), arguments).out;
    assert_eq!(
        text(&["paths", "--from", BOB]),
        format!("{BOB} has no path to the rights of an administrator\n")
    );
    assert_eq!(
        text(&["paths", "--from", ADMIN]),
        format!("{ADMIN} has the rights of an administrator\n")
    );
    let ana = text(&["paths", "--from", ANA]);
    assert!(
        ana.starts_with(&format!(
            "{ANA} can come to the rights of an administrator\n\n{ANA}\n  sts-001 → {STEP}\n"
        )),
        "{ana}"
    );
    let whole = text(&["paths"]);
    assert!(
        whole.contains("changes that end several paths:\n  2 paths: take sts:AssumeRole on"),
        "{whole}"
    );
}

#[test]
fn what_should_not_be_ends_with_4() {
    let roles = "arn:aws:iam::*:role/*";
    let rows: [(&[&str], i32); 8] = [
        (&["who-can", "s3:PutObject", KEY, "--deny", ADMIN], 4),
        (&["who-can", "s3:PutObject", KEY, "--deny", BOB, "--deny", roles], 4),
        (&["who-can", "s3:PutObject", KEY, "--deny", ANA], 0),
        (&["who-can", "s3:PutObject", KEY, "--deny", ANA, "--chains"], 4),
        (&["paths", "--fail-on", ANA], 4),
        (&["paths", "--fail-on", "*"], 4),
        (&["paths", "--fail-on", BOB], 0),
        (&["paths", "--from", BOB, "--fail-on", "*"], 0),
    ];
    let folder = folder();
    for (arguments, code) in rows {
        let ran = ask(folder.path(), arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
        assert!(!ran.out.is_empty(), "the answer is told all the same: {ran:?}");
    }
}

#[test]
fn a_store_answers_as_files_do() {
    let can = DEMO.run(&["list", "role", "--json"]);
    let roles = can.document("list")["entities"].as_array().unwrap().clone();
    assert!(!roles.is_empty());
    let paths = DEMO.json(&["paths"], "paths");
    let administrators = paths["administrators"].as_array().unwrap();
    assert!(!administrators.is_empty(), "{paths}");
    let admin = administrators[0].as_str().unwrap();
    let can = DEMO.json(&["can", admin, "iam:CreateUser", "*"], "can");
    assert_eq!(can["decision"], "allowed", "{can}");
    let who = DEMO.json(&["who-can", "iam:CreateUser", "*"], "who-can");
    assert!(who["who"].as_array().unwrap().contains(&json!(admin)), "{who}");
    let what = DEMO.json(&["what-can", admin], "what-can");
    assert!(
        what["grants"].as_array().unwrap().iter().any(|it| it["actions"] == json!(["*"])),
        "{what}"
    );
    for path in paths["paths"].as_array().unwrap() {
        let from = path["principal"].as_str().unwrap();
        let one = DEMO.json(&["paths", "--from", from], "paths");
        assert_eq!(one["paths"][0]["path"], path["path"], "{from}");
    }
    // People come in by the permission sets that they are given.
    let kinds: Vec<&str> = paths["entrances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert!(kinds.contains(&"person"), "{paths}");
    let nowhere = tempdir().unwrap();
    let ran = run(&mut program(nowhere.path()), &["paths", "--store", "none.db"]);
    assert_eq!(ran.code, 1, "{ran:?}");
}
