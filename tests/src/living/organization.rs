//! Organizations: the tree, its policies, and who is trusted.
//!
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Answer, Asked, HOME, MEMBERS};

/// The root.
pub(super) const ROOT: &str = "r-ex01";
/// The policy that AWS attaches to every root, unit and account where service control policies are in force.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html>
pub(super) const DEFAULT: &str = "p-FullAWSAccess";
const DEFAULT_DOCUMENT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const CONFLICT: &str = "DuplicateOrganizationalUnitException";

/// A policy of the organization.
#[derive(Debug)]
pub(super) struct Policy {
    name: String,
    document: String,
    pub(super) targets: BTreeSet<String>,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Tree {
    /// The units: by id, name and parent.
    pub(super) units: BTreeMap<String, (String, String)>,
    /// Where each account is.
    pub(super) places: BTreeMap<String, String>,
    pub(super) policies: BTreeMap<String, Policy>,
    /// The tags of accounts.
    tags: BTreeMap<String, BTreeMap<String, String>>,
    /// Delegated administrators: account and service.
    pub(super) delegated: BTreeSet<(String, String)>,
    pub(super) trusted: BTreeSet<String>,
}

fn text(request: &Value, name: &str) -> String {
    request.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

impl Tree {
    pub(super) fn new() -> Self {
        let accounts = || [HOME].into_iter().chain(MEMBERS).map(str::to_owned);
        let document = DEFAULT_DOCUMENT.to_owned();
        let targets = accounts().chain([ROOT.to_owned()]).collect();
        let default = Policy { name: "FullAWSAccess".to_owned(), document, targets };
        Self {
            units: BTreeMap::new(),
            places: accounts().map(|id| (id, ROOT.to_owned())).collect(),
            policies: [(DEFAULT.to_owned(), default)].into(),
            tags: BTreeMap::new(),
            delegated: BTreeSet::new(),
            trusted: ["sso.amazonaws.com".to_owned()].into(),
        }
    }

    fn is_parent(&self, id: &str) -> bool {
        id == ROOT || self.units.contains_key(id)
    }

    /// Makes a call.
    pub(super) fn change(
        &mut self,
        operation: &str,
        request: &Value,
        id: &str,
    ) -> Result<Value, &'static str> {
        let account = text(request, "accountId");
        match operation {
            "CreateOrganizationalUnit"
            | "UpdateOrganizationalUnit"
            | "DeleteOrganizationalUnit" => {
                return self.unit(operation, request, id);
            }
            "CreatePolicy" | "UpdatePolicy" | "DeletePolicy" | "AttachPolicy" | "DetachPolicy" => {
                return self.policy(operation, request, id);
            }
            "MoveAccount" => {
                let to = text(request, "destinationParentId");
                if !self.is_parent(&to) {
                    return Err("DestinationParentNotFoundException");
                }
                *self.places.get_mut(&account).ok_or("AccountNotFoundException")? = to;
            }
            "TagResource" => {
                let of = self.tags.entry(text(request, "resourceId")).or_default();
                of.insert(text(&request["tags"][0], "key"), text(&request["tags"][0], "value"));
            }
            "UntagResource" => {
                let of = self.tags.entry(text(request, "resourceId")).or_default();
                of.remove(request["tagKeys"][0].as_str().unwrap_or_default());
            }
            "RegisterDelegatedAdministrator" | "DeregisterDelegatedAdministrator" => {
                let pair = (account, text(request, "servicePrincipal"));
                let done = match operation {
                    "RegisterDelegatedAdministrator" => self.delegated.insert(pair),
                    _ => self.delegated.remove(&pair),
                };
                if !done {
                    return Err("ConstraintViolationException");
                }
            }
            "EnableAWSServiceAccess" => {
                self.trusted.insert(text(request, "servicePrincipal"));
            }
            "DisableAWSServiceAccess" => {
                self.trusted.remove(&text(request, "servicePrincipal"));
            }
            _ => return Err("InvalidInputException"),
        }
        Ok(Value::Null)
    }

    /// A new unit has the default policy; one that is deleted is nobody's target any more.
    fn unit(&mut self, operation: &str, request: &Value, id: &str) -> Result<Value, &'static str> {
        let unit = text(request, "organizationalUnitId");
        let name = text(request, "name");
        match operation {
            "CreateOrganizationalUnit" => {
                let parent = text(request, "parentId");
                if !self.is_parent(&parent) {
                    return Err("ParentNotFoundException");
                }
                if self.units.values().any(|held| *held == (name.clone(), parent.clone())) {
                    return Err(CONFLICT);
                }
                let unit = format!("ou-ex01-{id}");
                self.units.insert(unit.clone(), (name.clone(), parent));
                self.policies.get_mut(DEFAULT).unwrap().targets.insert(unit.clone());
                return Ok(json!({"organizationalUnit": {"id": unit, "name": name}}));
            }
            "UpdateOrganizationalUnit" => {
                self.units.get_mut(&unit).ok_or("OrganizationalUnitNotFoundException")?.0 = name;
            }
            _ => {
                let has_units = self.units.values().any(|(_, parent)| *parent == unit);
                if has_units || self.places.values().any(|parent| *parent == unit) {
                    return Err("OrganizationalUnitNotEmptyException");
                }
                self.units.remove(&unit).ok_or("OrganizationalUnitNotFoundException")?;
                for policy in self.policies.values_mut() {
                    policy.targets.remove(&unit);
                }
            }
        }
        Ok(Value::Null)
    }

    fn policy(
        &mut self,
        operation: &str,
        request: &Value,
        id: &str,
    ) -> Result<Value, &'static str> {
        if operation == "CreatePolicy" {
            let (name, document) = (text(request, "name"), text(request, "content"));
            if self.policies.values().any(|held| held.name == name) {
                return Err("DuplicatePolicyException");
            }
            let id = format!("p-{id}");
            let policy = Policy { name: name.clone(), document, targets: BTreeSet::new() };
            self.policies.insert(id.clone(), policy);
            return Ok(json!({"policy": {"policySummary": {"id": id, "name": name}}}));
        }
        let policy = text(request, "policyId");
        let target = text(request, "targetId");
        let is_there = self.is_parent(&target) || self.places.contains_key(&target);
        let held = self.policies.get_mut(&policy).ok_or("PolicyNotFoundException")?;
        if policy == DEFAULT && matches!(operation, "UpdatePolicy" | "DeletePolicy") {
            return Err("AccessDeniedException");
        }
        match operation {
            "UpdatePolicy" => held.document = text(request, "content"),
            "AttachPolicy" if !is_there => return Err("TargetNotFoundException"),
            "AttachPolicy" if !held.targets.insert(target.clone()) => {
                return Err("DuplicatePolicyAttachmentException");
            }
            "DetachPolicy" if !held.targets.remove(&target) => {
                return Err("PolicyNotAttachedException");
            }
            "AttachPolicy" | "DetachPolicy" => {}
            _ if !held.targets.is_empty() => return Err("PolicyInUseException"),
            _ => {
                self.policies.remove(&policy);
            }
        }
        Ok(Value::Null)
    }

    /// Answers a call that reads.
    pub(super) fn answer(&self, asked: &Asked) -> Answer {
        let request = asked.json();
        let read = self.read(&asked.action, &request);
        read.map_or_else(Answer::json_error, |value| Answer::json(&value))
    }

    fn read(&self, action: &str, request: &Value) -> Result<Value, &'static str> {
        let parent = text(request, "ParentId");
        Ok(match action {
            "DescribeOrganization" => json!({"Organization": {
                "Id": "o-exampleorgid", "MasterAccountId": HOME, "FeatureSet": "ALL",
                "Arn": format!("arn:aws:organizations::{HOME}:organization/o-exampleorgid"),
            }}),
            "ListAccounts" => {
                json!({"Accounts": self.places.keys().map(|id| account(id)).collect::<Vec<_>>()})
            }
            "ListRoots" => json!({"Roots": [{
                "Id": ROOT, "Name": "Root", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
            }]}),
            _ if !parent.is_empty() && !self.is_parent(&parent) => {
                return Err("ParentNotFoundException");
            }
            "ListOrganizationalUnitsForParent" => {
                let below = self.units.iter().filter(|(_, (_, it))| *it == parent);
                let told = below.map(|(id, (name, _))| json!({"Id": id, "Name": name}));
                json!({"OrganizationalUnits": told.collect::<Vec<_>>()})
            }
            "ListAccountsForParent" => {
                let here = self.places.iter().filter(|(_, it)| **it == parent);
                json!({"Accounts": here.map(|(id, _)| account(id)).collect::<Vec<_>>()})
            }
            "ListTagsForResource" => {
                let tags = self.tags.get(&text(request, "ResourceId")).into_iter().flatten();
                let told = tags.map(|(key, value)| json!({"Key": key, "Value": value}));
                json!({"Tags": told.collect::<Vec<_>>()})
            }
            "ListDelegatedAdministrators" => {
                let ids: BTreeSet<&String> = self.delegated.iter().map(|(id, _)| id).collect();
                json!({"DelegatedAdministrators": ids.into_iter().map(|id| account(id)).collect::<Vec<_>>()})
            }
            "ListDelegatedServicesForAccount" => {
                let id = text(request, "AccountId");
                let of: Vec<_> = self.delegated.iter().filter(|(it, _)| *it == id).collect();
                if of.is_empty() {
                    return Err("AccountNotRegisteredException");
                }
                json!({"DelegatedServices": of.iter().map(|(_, it)| json!({"ServicePrincipal": it})).collect::<Vec<_>>()})
            }
            "ListAWSServiceAccessForOrganization" => {
                let told = self.trusted.iter().map(|it| json!({"ServicePrincipal": it}));
                json!({"EnabledServicePrincipals": told.collect::<Vec<_>>()})
            }
            _ => return self.read_policies(action, request),
        })
    }

    fn read_policies(&self, action: &str, request: &Value) -> Result<Value, &'static str> {
        if action == "ListPolicies" {
            let is_here = text(request, "Filter") == "SERVICE_CONTROL_POLICY";
            let held = self.policies.iter().filter(|_| is_here);
            let told: Vec<Value> = held.map(|(id, policy)| summary(id, policy)).collect();
            return Ok(json!({ "Policies": told }));
        }
        let id = text(request, "PolicyId");
        let policy = self.policies.get(&id).ok_or("PolicyNotFoundException")?;
        match action {
            "DescribePolicy" => Ok(json!({"Policy": {
                "PolicySummary": summary(&id, policy), "Content": policy.document,
            }})),
            "ListTargetsForPolicy" => {
                let told =
                    policy.targets.iter().rev().map(|id| json!({"TargetId": id, "Type": sort(id)}));
                Ok(json!({"Targets": told.collect::<Vec<_>>()}))
            }
            _ => Err("InvalidInputException"),
        }
    }
}

fn account(id: &str) -> Value {
    json!({"Id": id, "Name": format!("account {id}"), "State": "ACTIVE", "Status": "ACTIVE"})
}

fn summary(id: &str, policy: &Policy) -> Value {
    json!({
        "Id": id, "Name": policy.name, "Type": "SERVICE_CONTROL_POLICY", "Description": "",
        "AwsManaged": id == DEFAULT,
    })
}

fn sort(id: &str) -> &'static str {
    match id.get(..2) {
        Some("r-") => "ROOT",
        Some("ou") => "ORGANIZATIONAL_UNIT",
        _ => "ACCOUNT",
    }
}
