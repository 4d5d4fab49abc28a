//! Organizations, made by chance and the same for the same seed: ten accounts or one, three units with a region policy, a guard
//! rail and a resource control policy, principals with realistic reuse of policies, buckets and keys with policies.

use serde_json::{Value, json};

/// How many accounts there are, where nobody says otherwise.
const ACCOUNTS: usize = 10;

/// A stream of numbers (splitmix64), and how many accounts they are about.
struct Chance {
    state: u64,
    accounts: usize,
}

impl Chance {
    fn new(seed: u64, accounts: usize) -> Self {
        Self { state: seed, accounts }
    }

    fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap()
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    fn account(&mut self) -> String {
        account(self.below(self.accounts))
    }

    fn arn(&mut self, count: usize) -> String {
        arn(self.below(count), self.accounts)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `json!` makes it")]
fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn account(at: usize) -> String {
    format!("{:012}", 111_111_111_111 + at * 1_000_007)
}

const SERVICES: &[(&str, &[&str])] = &[
    ("s3", &["GetObject", "PutObject", "ListBucket", "Get*", "*", "DeleteObject"]),
    ("ec2", &["Describe*", "RunInstances", "StopInstances", "*"]),
    ("kms", &["Decrypt", "Encrypt", "*", "GenerateDataKey*"]),
    ("iam", &["Get*", "PassRole", "List*", "CreateUser", "PutUserPolicy"]),
    ("sts", &["AssumeRole", "*", "AssumeRole*"]),
    ("sqs", &["SendMessage", "ReceiveMessage", "*"]),
    ("lambda", &["InvokeFunction", "UpdateFunctionCode", "*", "CreateFunction"]),
    ("logs", &["PutLogEvents", "Create*"]),
];

fn action(chance: &mut Chance) -> (String, &'static str) {
    let (service, names) = chance.pick(SERVICES);
    (format!("{service}:{}", chance.pick(names)), service)
}

fn resource(chance: &mut Chance, service: &str) -> Value {
    let owner = chance.account();
    let number = chance.below(30);
    let text = match (service, chance.below(4)) {
        (_, 0) => "*".to_owned(),
        ("s3", 1) => format!("arn:aws:s3:::bucket-{number}/*"),
        ("s3", 2) => "arn:aws:s3:::bucket-*/home/${aws:username}/*".to_owned(),
        ("s3", 3) if number.is_multiple_of(3) => {
            format!("arn:aws:s3:*:*:accesspoint/door-{number}*")
        }
        ("s3", _) => format!("arn:aws:s3:::bucket-{number}*"),
        ("kms", _) => format!("arn:aws:kms:eu-west-1:{owner}:key/*"),
        ("sts" | "iam", 1) => format!("arn:aws:iam::{owner}:role/*"),
        ("sts" | "iam", _) => format!("arn:aws:iam::*:role/role-{}*", number % 10),
        _ => format!("arn:aws:{service}:*:{owner}:*"),
    };
    json!(text)
}

fn condition(chance: &mut Chance) -> Option<Value> {
    Some(match chance.below(24) {
        0 => json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        1 => json!({"StringEquals": {"aws:PrincipalTag/team": "red"}}),
        2 => json!({"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}),
        3 => json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
        4 => json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}}),
        5 => json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/role-1*"}}),
        6 => json!({"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}),
        _ => return None,
    })
}

fn statement(chance: &mut Chance) -> Value {
    let (first, service) = action(chance);
    let mut own = json!({
        // As long as the texts that tools make from the names of stacks, modules and what they are for.
        "Sid": format!(
            "PlatformBaselineStatementAbout{}ForWorkloadsOfTheTeam{}",
            service.to_uppercase(),
            chance.state % 1000
        ),
        "Effect": if chance.below(8) == 0 { "Deny" } else { "Allow" },
        "Resource": resource(chance, service),
    });
    match chance.below(20) {
        0 => own["NotAction"] = json!(["iam:*", "organizations:*"]),
        1 => own["Action"] = json!("*"),
        2..8 => own["Action"] = json!([first, action(chance).0]),
        _ => own["Action"] = json!(first),
    }
    if let Some(condition) = condition(chance) {
        own["Condition"] = condition;
    }
    own
}

fn document(chance: &mut Chance) -> Value {
    let count = 1 + chance.below(3);
    policy((0..count).map(|_| statement(chance)).collect())
}

fn organization(count: usize) -> Value {
    let full = policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    let regions = policy(json!([{
        "Effect": "Deny", "Resource": "*",
        "NotAction": ["iam:*", "organizations:*", "route53:*", "support:*", "sts:*"],
        "Condition": {
            "StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]},
            "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/role-7*"},
        },
    }]));
    let rail = policy(json!([
        {"Effect": "Deny", "Action": ["organizations:LeaveOrganization", "iam:CreateUser", "sqs:Delete*"], "Resource": "*"},
    ]));
    let perimeter = policy(json!([{
        "Effect": "Deny", "Principal": "*", "Action": ["s3:*", "kms:*", "sqs:*"], "Resource": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-example"}},
    }]));
    // The last account is in no organization, the first one leads it; one that is alone is an ordinary one.
    let accounts = (0..count.saturating_sub(1).max(1)).map(|at| {
        let unit = ["ou-a", "ou-b", "ou-c"][at % 3];
        let own = json!({"ou": unit, "scps": ["full"], "rcps": []});
        (account(at), own)
    });
    json!({
        "id": "o-example", "management_account": account(if count > 1 { 0 } else { 10 }),
        "ous": {
            "r-1": {"parent": null, "scps": ["full"], "rcps": []},
            "ou-a": {"parent": "r-1", "scps": ["full", "regions"], "rcps": []},
            "ou-b": {"parent": "r-1", "scps": ["full", "rail"], "rcps": ["perimeter"]},
            "ou-c": {"parent": "ou-b", "scps": ["full"], "rcps": []},
        },
        "accounts": accounts.collect::<serde_json::Map<_, _>>(),
        "policies": {"full": full, "regions": regions, "rail": rail, "perimeter": perimeter},
    })
}

fn principal_of(chance: &mut Chance, count: usize) -> Value {
    let own = chance.arn(count);
    match chance.below(6) {
        0 => json!("*"),
        1 => json!({"AWS": chance.account()}),
        2 => json!({"AWS": format!("arn:aws:iam::{}:root", chance.account())}),
        3 => json!({"AWS": [own, chance.account()]}),
        4 => json!({"Service": "ec2.amazonaws.com"}),
        _ => json!({"AWS": own}),
    }
}

fn arn(at: usize, accounts: usize) -> String {
    let kind = if at.is_multiple_of(2) { "user" } else { "role" };
    format!("arn:aws:iam::{}:{kind}/{kind}-{at}", account(at % accounts))
}

fn of_resource(chance: &mut Chance, actions: &[&str], count: usize) -> Value {
    let mut statements = Vec::new();
    for _ in 0..=chance.below(2) {
        let mut own = json!({
            "Effect": if chance.below(6) == 0 { "Deny" } else { "Allow" },
            "Action": chance.pick(actions), "Resource": "*", "Principal": principal_of(chance, count),
        });
        if chance.below(12) == 0
            && let Some(named) = own.as_object_mut().and_then(|own| own.remove("Principal"))
        {
            own["NotPrincipal"] =
                if named == json!("*") { json!({"AWS": arn(1, chance.accounts)}) } else { named };
            own["Effect"] = json!("Deny");
        }
        if let Some(condition) = condition(chance) {
            own["Condition"] = condition;
        }
        statements.push(own);
    }
    policy(json!(statements))
}

fn trust(chance: &mut Chance, count: usize) -> Value {
    let mut named = principal_of(chance, count);
    if chance.below(2) == 0 || named == json!("*") {
        named = json!({"Service": "lambda.amazonaws.com"});
    }
    policy(json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": named}]))
}

fn tags(at: usize) -> Value {
    json!({
        "owner": format!("owner-{}@example.com", at % 40), "cost-center": format!("{}", 4000 + at % 90),
        "environment": (["production", "staging", "development"][at % 3]),
        "application": format!("application-{}-backend", at % 600), "managed-by": "terraform",
        "repository": format!("https://git.example.com/platform/application-{}", at % 600),
        "data-classification": (["internal", "confidential"][at % 2]),
    })
}

/// An organization of ten accounts with that many principals, as a neutral import.
pub(crate) fn organization_of(seed: u64, count: usize) -> Value {
    organization_in(seed, count, ACCOUNTS)
}

/// The same, in so many accounts.
pub(super) fn organization_in(seed: u64, count: usize, accounts: usize) -> Value {
    let mut chance = Chance::new(seed, accounts);
    let pool = 40 + count / 50;
    let managed: Vec<Value> = (0..pool).map(|_| document(&mut chance)).collect();
    let inline: Vec<Value> = (0..pool).map(|_| document(&mut chance)).collect();
    let name = |at: usize| format!("arn:aws:iam::aws:policy/managed-{at}");
    let groups: Vec<Value> = (0..accounts)
        .map(|at| {
            json!({"arn": format!("arn:aws:iam::{}:group/group", account(at)),
                "inline": [document(&mut chance)], "managed": [name(chance.below(pool))]})
        })
        .collect();
    let principals: Vec<Value> = (0..count)
        .map(|at| {
            let is_user = at % 2 == 0;
            let own = (0..=chance.below(2)).map(|_| chance.pick(&inline).clone());
            let own: Vec<Value> = own.collect();
            let attached: Vec<String> =
                (0..=chance.below(4)).map(|_| name(chance.below(pool))).collect();
            let mut principal = json!({
                "arn": arn(at, accounts), "type": if is_user { "user" } else { "role" },
                "account": account(at % accounts), "id": format!("AIDAEXAMPLE{at}"),
                "inline": own, "managed": attached, "groups": [],
                "boundary": null, "trust": null, "tags": {},
            });
            if is_user && chance.below(3) == 0 {
                principal["groups"] =
                    json!([format!("arn:aws:iam::{}:group/group", account(at % accounts))]);
            }
            if chance.below(100) < 15 {
                principal["boundary"] = json!(name(chance.below(5)));
            }
            if !is_user {
                principal["trust"] = trust(&mut chance, count);
            }
            principal["tags"] = tags(at);
            if chance.below(4) == 0 {
                principal["tags"]["team"] = json!(*chance.pick(&["red", "blue"]));
            }
            principal
        })
        .collect();
    let resources = resources(&mut chance, count, accounts);
    let named = managed.into_iter().enumerate().map(|(at, own)| (name(at), own));
    json!({
        "organization": organization(accounts), "principals": principals, "groups": groups,
        "managed_policies": named.collect::<serde_json::Map<_, _>>(), "resources": resources,
    })
}

/// Buckets, keys, and an access point of each bucket.
fn resources(chance: &mut Chance, count: usize, accounts: usize) -> Vec<Value> {
    let mut resources = Vec::new();
    for at in 0..30 {
        let own = of_resource(chance, &["s3:*", "s3:GetObject", "s3:Get*"], count);
        let mut own = if chance.below(3) == 0 { Value::Null } else { own };
        let listed = own.get_mut("Statement").and_then(Value::as_array_mut);
        if let Some(statements) = listed.filter(|_| at % 3 == 0) {
            statements.push(json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*",
                "Condition": {"StringEquals": {"s3:DataAccessPointAccount": account(at % accounts)}}}));
        }
        resources.push(json!({"arn": format!("arn:aws:s3:::bucket-{at}"), "account": account(at % accounts), "policy": own}));
        let owner = account(at % accounts);
        let own = of_resource(chance, &["kms:*", "kms:Decrypt"], count);
        resources.push(json!({"arn": format!("arn:aws:kms:eu-west-1:{owner}:key/{at}"), "account": owner, "policy": own}));
    }
    for at in 0..30 {
        let (owner, bucket) = (account(at % accounts), format!("arn:aws:s3:::bucket-{at}"));
        let own = of_resource(chance, &["s3:*", "s3:GetObject"], count);
        let own = if chance.below(2) == 0 { Value::Null } else { own };
        let door = format!("arn:aws:s3:eu-west-1:{owner}:accesspoint/door-{at}");
        resources.push(json!({"arn": door, "account": owner, "policy": own, "bucket": bucket}));
    }
    resources
}

/// Questions that such organizations have answers to.
pub(super) fn questions(seed: u64, count: usize, principals: usize) -> Vec<(String, String)> {
    let mut chance = Chance::new(seed, ACCOUNTS);
    let one = |chance: &mut Chance| {
        let (at, owner) = (chance.below(30), chance.account());
        match chance.below(9) {
            0 if at.is_multiple_of(3) => {
                let door = format!(
                    "arn:aws:s3:eu-west-1:{}:accesspoint/door-{at}",
                    account(at % ACCOUNTS)
                );
                ("s3:GetObject".to_owned(), format!("{door}/object/home/user-4/x"))
            }
            0 => ("s3:GetObject".to_owned(), format!("arn:aws:s3:::bucket-{at}/home/user-4/x")),
            1 => ("s3:PutObject".to_owned(), format!("arn:aws:s3:::bucket-{at}/data")),
            2 => (
                "kms:Decrypt".to_owned(),
                format!("arn:aws:kms:eu-west-1:{}:key/{at}", account(at % ACCOUNTS)),
            ),
            3 => ("sts:AssumeRole".to_owned(), arn(chance.below(principals) | 1, ACCOUNTS)),
            4 => ("iam:CreateUser".to_owned(), "*".to_owned()),
            5 => {
                ("ec2:RunInstances".to_owned(), format!("arn:aws:ec2:us-west-2:{owner}:instance/*"))
            }
            6 => ("ec2:DescribeInstances".to_owned(), "*".to_owned()),
            7 => ("sqs:SendMessage".to_owned(), format!("arn:aws:sqs:eu-west-1:{owner}:q")),
            _ => ("iam:PassRole".to_owned(), arn(chance.below(principals) | 1, ACCOUNTS)),
        }
    };
    (0..count).map(|_| one(&mut chance)).collect()
}
