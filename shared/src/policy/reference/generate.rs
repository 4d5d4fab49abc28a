//! Cases, made by chance out of few words, so that what is asked and what is written meet often.

use serde_json::{Map, Value, json};

/// A stream of numbers: the same for the same seed (splitmix64).
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    /// One word, or a few of them.
    fn some(&mut self, words: &[&str]) -> Value {
        if self.once_in(2) {
            return json!(self.pick(words));
        }
        let count = 1 + self.below(3);
        json!((0..count).map(|_| self.pick(words)).collect::<Vec<_>>())
    }
}

const ASKS: &[&str] = &[
    "arn:aws:iam::111122223333:user/ana",
    "arn:aws:iam::111122223333:user/ana",
    "arn:aws:iam::111122223333:role/team/r",
    "arn:aws:sts::111122223333:assumed-role/r/s",
    "arn:aws:sts::111122223333:assumed-role/r/s",
    "arn:aws:sts::111122223333:federated-user/ana",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::444455556666:user/ana",
    "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s",
    "arn:aws:iam::111122223333:oidc-provider/x.example.com",
    "lambda.amazonaws.com",
    "*",
];

const NAMED: &[&str] = &[
    "*",
    "111122223333",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:user/ana",
    "arn:aws:iam::111122223333:role/team/r",
    "arn:aws:iam::111122223333:role/other/r",
    "arn:aws:sts::111122223333:assumed-role/r/s",
    "arn:aws:sts::111122223333:assumed-role/r/*",
    "arn:aws:sts::111122223333:federated-user/ana",
    "444455556666",
    "arn:aws-cn:iam::111122223333:root",
    "AIDAEXAMPLE",
];

const ON: &[(&str, &str)] = &[
    ("s3:GetObject", "arn:aws:s3:::b/home/ana/x"),
    ("s3:PutObject", "arn:aws:s3:::b/k*y"),
    ("s3:ListAllMyBuckets", "*"),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/k"),
    ("kms:RetireGrant", "arn:aws:kms:eu-west-1:111122223333:key/k"),
    ("kms:ListKeys", "*"),
    ("sts:AssumeRole", "arn:aws:iam::111122223333:role/x"),
    ("iam:PassRole", "arn:aws:iam::111122223333:role/x"),
    ("ec2:RunInstances", "arn:aws:ec2:eu-west-1:111122223333:instance/*"),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:444455556666:ana-q"),
];

const ACTIONS: &[&str] = &[
    "*",
    "*:*",
    "s3:*",
    "S3:get*",
    "s3:?etObject",
    "s3:PutObject",
    "kms:*",
    "kms:Decrypt",
    "sts:AssumeRole",
    "iam:*Role",
    "sqs:Send*",
    "ec2:*",
    "*:*ssage",
    "${aws:username}:*",
];

const RESOURCES: &[&str] = &[
    "*",
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/home/${aws:username}/*",
    "arn:aws:s3:::b/k${*}y",
    "arn:aws:s3:::b/${aws:PrincipalTag/team, 'home'}/*",
    "arn:*:role/*",
    "arn:aws:kms:*:111122223333:key/?",
    "arn:aws:iam::${aws:PrincipalAccount}:role/*",
    "arn:aws:sqs:*:*:${aws:username}-q",
    "*:${other:key}/*",
    "arn:aws:*",
    "arn:aws:ec2:eu-west-1:*:instance/*",
];

type Words = &'static [&'static str];

/// Keys, with the operators and values that policies have for them, and the values that requests have.
const KEYS: &[(&str, Words, Words, Words)] = &[
    (
        "aws:username",
        &["StringEquals", "StringNotEquals", "StringLike", "StringEqualsIgnoreCase"],
        &["ana", "ANA", "a*", "bob", "${aws:PrincipalTag/team}"],
        &["ana", "bob"],
    ),
    (
        "aws:PrincipalTag/Team",
        &["StringEquals", "StringNotLike", "StringNotEqualsIgnoreCase"],
        &["home", "h?me", "${aws:username}", "${other:key, 'home'}", ""],
        &["home", "HOME", "x"],
    ),
    (
        "aws:TagKeys",
        &[
            "ForAllValues:StringEquals",
            "ForAnyValue:StringEquals",
            "ForAllValues:StringNotLike",
            "ForAnyValue:StringNotEquals",
            "StringEquals",
            "StringNotEquals",
            "ForAnyValue:StringLike",
        ],
        &["a", "b", "*", "${aws:username}"],
        &["a", "b", "c", ""],
    ),
    (
        "aws:MultiFactorAuthPresent",
        &["Bool", "Null"],
        &["true", "false", "TRUE"],
        &["true", "false"],
    ),
    (
        "aws:MultiFactorAuthAge",
        &["NumericLessThan", "NumericGreaterThanEquals", "NumericEquals", "NumericNotEquals"],
        &["3600", "10", "x", "-1.5"],
        &["3600", "9", "-1.50", "y"],
    ),
    (
        "aws:CurrentTime",
        &["DateLessThan", "DateGreaterThanEquals", "DateEquals", "DateNotEquals"],
        &["2020-01-01T00:00:00Z", "1577836800", "never"],
        &["2020-01-01T00:00:00Z", "2026-01-01T00:00:00+01:00"],
    ),
    (
        "aws:SourceIp",
        &["IpAddress", "NotIpAddress"],
        &["203.0.113.0/24", "192.0.2.7", "0.0.0.0/0", "x"],
        &["203.0.113.9", "192.0.2.7", "no"],
    ),
    (
        "aws:SourceArn",
        &["ArnLike", "ArnEquals", "ArnNotLike", "ForAnyValue:ArnEquals"],
        &["arn:aws:sns:*:*:t", "arn:aws:sns:*", "*", "arn:aws:sns:*:111122223333:${aws:username}"],
        &["arn:aws:sns:eu-west-1:111122223333:t", "arn:aws:sns:eu-west-1:111122223333:ana", "x"],
    ),
    ("other:key", &["StringLike", "BinaryEquals"], &["*", "QQ=="], &["QQ==", "Qg=="]),
];

fn conditions(chance: &mut Chance) -> Value {
    let mut found = Map::new();
    for _ in 0..=chance.below(2) {
        let (key, operators, wanted, _) = KEYS[chance.below(KEYS.len())];
        let mut operator = chance.pick(operators).to_owned();
        if operator != "Null" && chance.once_in(4) {
            operator.push_str("IfExists");
        }
        let key = if chance.once_in(4) { key.to_uppercase() } else { key.to_owned() };
        found.insert(operator, json!({ key: chance.some(wanted) }));
    }
    Value::Object(found)
}

fn principal(chance: &mut Chance) -> Value {
    match chance.below(6) {
        0 => json!("*"),
        1 => {
            json!({"Service": chance.some(&["lambda.amazonaws.com", "*"]), "AWS": chance.some(NAMED)})
        }
        2 => json!({"Federated": "arn:aws:iam::111122223333:oidc-provider/x.example.com"}),
        _ => json!({"AWS": chance.some(NAMED)}),
    }
}

/// Whether the policies of a layer name principals.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    Nobody,
    Somebody,
    Perhaps,
}

/// What the policies of a case are made for: what is asked for is in them more often than chance has it.
#[derive(Clone, Copy)]
struct About {
    asks: &'static str,
    action: &'static str,
    resource: &'static str,
}

fn statement(chance: &mut Chance, names: Names, about: About) -> Value {
    let mut found = Map::new();
    let effect = if chance.once_in(6) { "Deny" } else { "Allow" };
    found.insert("Effect".to_owned(), json!(effect));
    let not = |chance: &mut Chance, name: &str, often| {
        if chance.once_in(often) { format!("Not{name}") } else { name.to_owned() }
    };
    let is_meant = |chance: &mut Chance| chance.once_in(2);
    if is_meant(chance) {
        found.insert("Action".to_owned(), json!([about.action, chance.pick(ACTIONS)]));
    } else {
        let name = not(chance, "Action", 8);
        found.insert(name, chance.some(ACTIONS));
    }
    if is_meant(chance) {
        found.insert("Resource".to_owned(), json!(chance.pick(&["*", about.resource])));
    } else if names != Names::Somebody || !chance.once_in(6) {
        let name = not(chance, "Resource", 8);
        found.insert(name, chance.some(RESOURCES));
    }
    if names == Names::Somebody || (names == Names::Perhaps && chance.once_in(2)) {
        if is_meant(chance) && !about.asks.contains("-provider/") && about.asks.contains("::") {
            found.insert("Principal".to_owned(), json!({"AWS": [about.asks, "444455556666"]}));
        } else {
            let name = not(chance, "Principal", 6);
            found.insert(name, principal(chance));
        }
    }
    if chance.once_in(2) {
        found.insert("Condition".to_owned(), conditions(chance));
    }
    Value::Object(found)
}

fn policy(chance: &mut Chance, names: Names, about: About) -> Value {
    let count = 1 + chance.below(3);
    let mut statements: Vec<Value> = (0..count).map(|_| statement(chance, names, about)).collect();
    if chance.once_in(3) {
        statements.push(match names {
            Names::Somebody => json!({"Effect": "Allow", "Principal": principal(chance), "Action": "*", "Resource": "*"}),
            _ => json!({"Effect": "Allow", "Action": "*", "Resource": "*"}),
        });
    }
    let statements = if statements.len() == 1 { statements.remove(0) } else { json!(statements) };
    match chance.below(5) {
        0 => json!({"Statement": statements}),
        1 => json!({"Version": "2008-10-17", "Statement": statements}),
        _ => json!({"Version": "2012-10-17", "Statement": statements}),
    }
}

fn policies(chance: &mut Chance, most: usize, names: Names, about: About) -> Value {
    let count = chance.below(most + 1);
    json!((0..count).map(|_| policy(chance, names, about)).collect::<Vec<_>>())
}

fn perhaps(chance: &mut Chance, names: Names, about: About) -> Value {
    if chance.once_in(3) { policy(chance, names, about) } else { Value::Null }
}

fn levels(chance: &mut Chance, names: Names, about: About) -> Value {
    if !chance.once_in(3) {
        return json!([]);
    }
    let count = 1 + chance.below(2);
    let level = |chance: &mut Chance| {
        let mut own = policies(chance, 1, names, about);
        if !chance.once_in(6) {
            own.as_array_mut()
                .unwrap()
                .push(json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}));
        }
        own
    };
    json!((0..count).map(|_| level(chance)).collect::<Vec<_>>())
}

fn context(chance: &mut Chance) -> Value {
    let mut found = Map::new();
    for (key, _, _, values) in KEYS {
        if chance.once_in(2) {
            let value = match (*key, chance.below(8)) {
                (_, 0) => json!([]),
                ("aws:TagKeys", _) => chance.some(values),
                _ => json!(chance.pick(values)),
            };
            found.insert((*key).to_owned(), value);
        }
    }
    Value::Object(found)
}

/// A case that is well formed.
pub(super) fn case(chance: &mut Chance) -> Value {
    let asks = ASKS[chance.below(ASKS.len())];
    let (action, resource) = ON[chance.below(ON.len())];
    let about = About { asks, action, resource };
    let account = [Value::Null, json!("111122223333"), json!("444455556666")];
    let endpoint =
        if chance.once_in(5) { policies(chance, 2, Names::Perhaps, about) } else { json!([]) };
    // Few limits, or nothing would ever be allowed.
    let session =
        if chance.once_in(2) { perhaps(chance, Names::Nobody, about) } else { Value::Null };
    let is_key_or_role = resource.contains(":key/") || resource.contains(":role/");
    let resource_policy = if is_key_or_role || chance.once_in(2) {
        policy(chance, Names::Somebody, about)
    } else {
        Value::Null
    };
    json!({
        "id": "generated",
        "mode": chance.pick(&["strict", "discovery", "discovery"]),
        "request": {
            "principal": asks, "anonymous": asks == "*", "action": action, "resource": resource,
            "resource_account": account[chance.below(3)], "context": context(chance),
            "wildcard_only_action": chance.once_in(20),
        },
        "identity_policies": policies(chance, 3, Names::Nobody, about),
        "boundary": perhaps(chance, Names::Nobody, about),
        "scps": levels(chance, Names::Nobody, about),
        "rcps": levels(chance, Names::Perhaps, about),
        "resource_policy": resource_policy,
        "session_policy": session,
        "endpoint_policies": endpoint,
    })
}
