//! The slow and obvious second evaluator: a case as JSON → its decision, with nothing made ready, no early end, and
//! wildcards by trying everything. It shares no code with the engine. The engine is held against it on generated cases.
//!
//! Yes, no and not known are `Some(true)`, `Some(false)` and `None`.

mod condition;
mod differential;
mod generate;
mod statement;

use serde_json::Value;

use statement::{Naming, judge};

pub(super) type Tri = Option<bool>;

pub(super) fn and(all: &[Tri]) -> Tri {
    if all.contains(&Some(false)) {
        Some(false)
    } else if all.contains(&None) {
        None
    } else {
        Some(true)
    }
}

pub(super) fn or(any: &[Tri]) -> Tri {
    not(and(&any.iter().map(|one| not(*one)).collect::<Vec<_>>()))
}

pub(super) fn not(one: Tri) -> Tri {
    one.map(|one| !one)
}

/// What a case asks.
pub(super) struct Ask {
    pub principal: String,
    pub action: String,
    pub resource: String,
    pub account: String,
    pub is_discovery: bool,
    pub context: Vec<(String, Vec<String>)>,
    pub has_boundary: bool,
}

impl Ask {
    fn read(case: &Value) -> Self {
        let request = &case["request"];
        let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
        let (principal, mut resource) = (text("principal"), text("resource"));
        let action = text("action").to_lowercase();
        if request["wildcard_only_action"] == true {
            "*".clone_into(&mut resource);
        }
        let own = account_of(&principal);
        let in_arn = resource.split(':').nth(4).unwrap_or_default().to_owned();
        let account = match request["resource_account"].as_str() {
            Some(given) => given.to_owned(),
            None if in_arn.len() == 12 => in_arn,
            None => own,
        };
        if action == "s3:listallmybuckets" && resource == "*" {
            let partition = principal.split(':').nth(1).unwrap_or("aws");
            resource = format!("arn:{partition}:s3:::*");
        }
        let context = request["context"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.to_lowercase(), strings(value)));
        Self {
            action,
            resource,
            account,
            is_discovery: case["mode"] == "discovery",
            context: context.collect(),
            has_boundary: !case["boundary"].is_null(),
            principal,
        }
    }

    fn is_outside(&self) -> bool {
        self.principal == "*" || account_of(&self.principal).is_empty()
    }

    fn is_free(&self) -> bool {
        let is_user = self.is_root() || self.principal.contains(":user/");
        !self.is_outside()
            && (self.action == "sts:getcalleridentity"
                || (self.action == "sts:getsessiontoken" && is_user))
    }

    /// Whether the thing is AWS's own, and the action would change it.
    fn is_of_aws(&self) -> bool {
        let Some((_, name)) = self.action.split_once("iam:") else { return false };
        if self.resource.contains(":iam::aws:policy/") {
            let changes = ["policyversion", "defaultpolicyversion", "policy"];
            let verbs = ["create", "delete", "set", "tag", "untag"];
            return verbs.iter().any(|verb| {
                name != "createpolicy"
                    && changes.iter().any(|change| name == format!("{verb}{change}"))
            });
        }
        let of_aws = [":role/aws-reserved/", ":role/aws-service-role/"];
        let verbs = ["attach", "detach", "put", "delete", "update"];
        let parts = ["rolepolicy", "rolepermissionsboundary", "assumerolepolicy", "role"];
        of_aws.iter().any(|path| self.resource.contains(path))
            && name != "updaterole"
            && verbs.iter().any(|verb| parts.iter().any(|part| name == format!("{verb}{part}")))
    }

    fn is_root(&self) -> bool {
        self.principal.ends_with(":root")
    }

    fn is_service_linked(&self) -> bool {
        self.principal.contains(":role/aws-service-role/")
            || self.principal.contains(":assumed-role/AWSServiceRoleFor")
    }
}

pub(super) fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(strings).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

/// The account of a principal that has one.
pub(super) fn account_of(principal: &str) -> String {
    if principal.contains("-provider/") {
        return String::new();
    }
    principal.split(':').nth(4).unwrap_or_default().to_owned()
}

/// What some policies say together: deny, and allow by each way of naming.
struct Said {
    deny: Tri,
    allow: Vec<(Tri, Naming)>,
}

fn said(policies: &[&Value], ask: &Ask) -> Said {
    let mut said = Said { deny: Some(false), allow: Vec::new() };
    for policy in policies {
        let version = policy["Version"].as_str().unwrap_or("2008-10-17");
        let statements = match &policy["Statement"] {
            Value::Array(statements) => statements.clone(),
            one => vec![one.clone()],
        };
        for statement in &statements {
            let (matches, naming) = judge(statement, version, ask);
            if statement["Effect"] == "Deny" {
                said.deny = or(&[said.deny, matches]);
            } else {
                said.allow.push((matches, naming));
            }
        }
    }
    said
}

impl Said {
    fn allows(&self, least: Naming) -> Tri {
        let of = self.allow.iter().filter(|(_, naming)| *naming >= least);
        or(&of.map(|(matches, _)| *matches).collect::<Vec<_>>())
    }
}

fn list<'a>(case: &'a Value, name: &str) -> Vec<&'a Value> {
    case[name].as_array().into_iter().flatten().collect()
}

fn one<'a>(case: &'a Value, name: &str) -> Vec<&'a Value> {
    [&case[name]].into_iter().filter(|policy| !policy.is_null()).collect()
}

/// The decision on a case that is well formed.
pub(super) fn decide(case: &Value) -> &'static str {
    let ask = Ask::read(case);
    if ask.is_free() {
        let endpoint = list(case, "endpoint_policies");
        let said = said(&endpoint, &ask);
        let allows = if endpoint.is_empty() { Some(true) } else { said.allows(Naming::Account) };
        return match (said.deny, allows) {
            (Some(true), _) => "explicitly_denied",
            (_, Some(false)) => "implicitly_denied",
            (Some(false), Some(true)) => "allowed",
            _ => "conditional",
        };
    }
    let mut denies = Vec::new();
    let mut guards = Vec::new();
    if !ask.is_outside() && !ask.is_service_linked() {
        for level in list(case, "scps") {
            let said = said(&level.as_array().unwrap().iter().collect::<Vec<_>>(), &ask);
            denies.push(said.deny);
            guards.push(said.allows(Naming::Account));
        }
    }
    let service = ask.action.split(':').next().unwrap_or_default();
    let is_controlled = ["s3", "kms", "sts", "sqs", "secretsmanager"].contains(&service);
    if is_controlled && !ask.is_service_linked() && ask.action != "kms:retiregrant" {
        for level in list(case, "rcps") {
            denies.push(said(&level.as_array().unwrap().iter().collect::<Vec<_>>(), &ask).deny);
        }
    }
    let endpoint = list(case, "endpoint_policies");
    if !endpoint.is_empty() {
        let said = said(&endpoint, &ask);
        denies.push(said.deny);
        guards.push(said.allows(Naming::Account));
    }
    let repairs = ask.is_root()
        && ask.account == account_of(&ask.principal)
        && [
            "s3:getbucketpolicy",
            "s3:putbucketpolicy",
            "s3:deletebucketpolicy",
            "dynamodb:deleteresourcepolicy",
        ]
        .contains(&&*ask.action);
    let of_resource = if repairs { Vec::new() } else { one(case, "resource_policy") };
    let resource = said(&of_resource, &ask);
    if ask.is_of_aws() {
        guards.push(Some(false));
    }
    denies.push(resource.deny);
    guards.push(if ask.is_outside() {
        resource.allows(Naming::Account)
    } else {
        granted(case, &ask, &resource, &mut denies)
    });
    match (or(&denies), and(&guards)) {
        (Some(true), _) => "explicitly_denied",
        (_, Some(false)) => "implicitly_denied",
        (Some(false), Some(true)) => "allowed",
        _ => "conditional",
    }
}

/// Whether somebody with an account is granted the request.
fn granted(case: &Value, ask: &Ask, resource: &Said, denies: &mut Vec<Tri>) -> Tri {
    let identity = said(&list(case, "identity_policies"), ask);
    denies.push(identity.deny);
    let mut own = identity.allows(Naming::Account);
    if ask.is_root() {
        own = Some(true);
    }
    let mut limits = Vec::new();
    for name in ["boundary", "session_policy"] {
        let policies = one(case, name);
        if !policies.is_empty() {
            let said = said(&policies, ask);
            denies.push(said.deny);
            limits.push(said.allows(Naming::Account));
        }
    }
    if ask.principal.contains(":federated-user/") && case["session_policy"].is_null() {
        limits.push(Some(false));
    }
    let limit = and(&limits);
    let is_trust = ask.action.starts_with("sts:assumerole") && ask.resource.contains(":role/");
    let is_key = ask.action.starts_with("kms:") && ask.resource.contains(":key/");
    if is_trust && ask.is_root() {
        return Some(false);
    }
    if account_of(&ask.principal) != ask.account {
        return and(&[resource.allows(Naming::Account), own, limit]);
    }
    let by_identity =
        if is_trust || is_key { and(&[resource.allows(Naming::Account), own]) } else { own };
    let limited = and(&[or(&[resource.allows(Naming::Role), by_identity]), limit]);
    or(&[resource.allows(Naming::Itself), limited])
}
