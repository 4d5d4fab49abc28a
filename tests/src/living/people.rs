//! Identity Center: permission sets and who is assigned, and the identity store behind it.
//!
//! <https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_Operations.html>,
//! <https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_Operations.html>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Answer, Asked, HOME};

/// The instance.
pub(super) const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-1111222233334444";
/// Its identity store.
const STORE: &str = "d-1111222233";
/// What Identity Center and the identity store say of what is not there.
const NONE: &str = "ResourceNotFoundException";
/// What they say of what cannot be done to what is there.
const CONFLICT: &str = "ConflictException";

/// A permission set.
#[derive(Debug, Default)]
pub(super) struct Set {
    name: String,
    description: Option<String>,
    pub(super) managed: BTreeSet<String>,
    /// Names of policies of the accounts.
    pub(super) customer: BTreeSet<String>,
    pub(super) inline: Option<String>,
    pub(super) boundary: Option<String>,
    pub(super) tags: BTreeMap<String, String>,
    /// Who is assigned: account, `USER` or `GROUP`, and the principal.
    pub(super) assigned: BTreeSet<(String, String, String)>,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct People {
    /// By ARN.
    pub(super) sets: BTreeMap<String, Set>,
    /// The users of the store: by id, user name and display name.
    pub(super) users: BTreeMap<String, (String, String)>,
    /// The groups: by id, display name.
    pub(super) groups: BTreeMap<String, String>,
    /// The memberships: by id, group and user.
    pub(super) memberships: BTreeMap<String, (String, String)>,
}

/// A text of a request, as CloudTrail has it: the first letter small.
fn text(request: &Value, name: &str) -> String {
    request.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

impl People {
    /// Makes a call of Identity Center or the identity store.
    pub(super) fn change(
        &mut self,
        operation: &str,
        request: &Value,
        id: &str,
    ) -> Result<Value, &'static str> {
        match operation {
            "CreateUser"
            | "UpdateUser"
            | "DeleteUser"
            | "CreateGroup"
            | "UpdateGroup"
            | "DeleteGroup"
            | "CreateGroupMembership"
            | "DeleteGroupMembership" => self.change_store(operation, request, id),
            "CreatePermissionSet" => {
                let name = text(request, "name");
                if self.sets.values().any(|set| set.name == name) {
                    return Err(CONFLICT);
                }
                let arn = format!("arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-{id}");
                self.sets.insert(arn.clone(), Set { name: name.clone(), ..Set::default() });
                Ok(json!({"permissionSet": {"name": name, "permissionSetArn": arn}}))
            }
            _ => self.change_set(operation, request),
        }
    }

    fn change_set(&mut self, operation: &str, request: &Value) -> Result<Value, &'static str> {
        let mut arn = text(request, "permissionSetArn");
        if arn.is_empty() {
            arn = text(request, "resourceArn");
        }
        let set = self.sets.get_mut(&arn).ok_or(NONE)?;
        let policy = text(request, "managedPolicyArn");
        let reference = text(&request["customerManagedPolicyReference"], "name");
        match operation {
            "DeletePermissionSet" if !set.assigned.is_empty() => return Err(CONFLICT),
            "DeletePermissionSet" => {
                self.sets.remove(&arn);
            }
            "UpdatePermissionSet" => set.description = Some(text(request, "description")),
            "AttachManagedPolicyToPermissionSet" => {
                set.managed.insert(policy);
            }
            "DetachManagedPolicyFromPermissionSet" if !set.managed.remove(&policy) => {
                return Err(NONE);
            }
            "AttachCustomerManagedPolicyReferenceToPermissionSet" => {
                set.customer.insert(reference);
            }
            "DetachCustomerManagedPolicyReferenceFromPermissionSet"
                if !set.customer.remove(&reference) =>
            {
                return Err(NONE);
            }
            "PutInlinePolicyToPermissionSet" => set.inline = Some(text(request, "inlinePolicy")),
            "DeleteInlinePolicyFromPermissionSet" => set.inline = None,
            "PutPermissionsBoundaryToPermissionSet" => {
                let arn = text(&request["permissionsBoundary"], "managedPolicyArn");
                set.boundary = Some(arn);
            }
            "DeletePermissionsBoundaryFromPermissionSet" => {
                set.boundary.take().ok_or(NONE)?;
            }
            "TagResource" => {
                set.tags
                    .insert(text(&request["tags"][0], "key"), text(&request["tags"][0], "value"));
            }
            "UntagResource" => {
                set.tags.remove(request["tagKeys"][0].as_str().unwrap_or_default());
            }
            "CreateAccountAssignment" | "DeleteAccountAssignment" => {
                let who = ["targetId", "principalType", "principalId"].map(|it| text(request, it));
                let who: (String, String, String) = who.into();
                let done = if operation.starts_with("Create") {
                    set.assigned.insert(who)
                } else {
                    set.assigned.remove(&who)
                };
                if !done {
                    return Err(CONFLICT);
                }
            }
            _ => {}
        }
        Ok(Value::Null)
    }

    fn change_store(
        &mut self,
        operation: &str,
        request: &Value,
        id: &str,
    ) -> Result<Value, &'static str> {
        let (user, group) = (text(request, "userId"), text(request, "groupId"));
        let name = text(request, "displayName");
        match operation {
            "CreateUser" => {
                let login = text(request, "userName");
                if self.users.values().any(|(other, _)| *other == login) {
                    return Err(CONFLICT);
                }
                self.users.insert(id.to_owned(), (login, name));
                return Ok(json!({"userId": id, "identityStoreId": STORE}));
            }
            "UpdateUser" => self.users.get_mut(&user).ok_or(NONE)?.1 = name,
            "DeleteUser" => {
                self.users.remove(&user).ok_or(NONE)?;
                self.memberships.retain(|_, (_, member)| *member != user);
            }
            "CreateGroup" => {
                if self.groups.values().any(|other| *other == name) {
                    return Err(CONFLICT);
                }
                self.groups.insert(id.to_owned(), name);
                return Ok(json!({"groupId": id, "identityStoreId": STORE}));
            }
            "UpdateGroup" => *self.groups.get_mut(&group).ok_or(NONE)? = name,
            "DeleteGroup" => {
                self.groups.remove(&group).ok_or(NONE)?;
                self.memberships.retain(|_, (held, _)| *held != group);
            }
            "CreateGroupMembership" => {
                let user = text(&request["memberId"], "userId");
                if !self.users.contains_key(&user) || !self.groups.contains_key(&group) {
                    return Err(NONE);
                }
                let pair = (group, user);
                if self.memberships.values().any(|other| *other == pair) {
                    return Err(CONFLICT);
                }
                self.memberships.insert(id.to_owned(), pair);
                return Ok(json!({"membershipId": id, "identityStoreId": STORE}));
            }
            _ => {
                self.memberships.remove(&text(request, "membershipId")).ok_or(NONE)?;
            }
        }
        Ok(Value::Null)
    }

    /// Answers a call that reads.
    pub(super) fn answer(&self, asked: &Asked) -> Answer {
        let request = asked.json();
        let read = if asked.service == "identitystore" {
            self.of_store(&asked.action, &request)
        } else {
            self.of_sets(&asked.action, &request)
        };
        read.map_or_else(|| Answer::json_error(NONE), |value| Answer::json(&value))
    }

    fn of_sets(&self, action: &str, request: &Value) -> Option<Value> {
        if action == "ListInstances" {
            return Some(json!({"Instances": [{
                "InstanceArn": INSTANCE, "IdentityStoreId": STORE, "OwnerAccountId": HOME, "Status": "ACTIVE",
            }]}));
        }
        if action == "ListPermissionSets" {
            return Some(json!({"PermissionSets": self.sets.keys().rev().collect::<Vec<_>>()}));
        }
        let mut arn = text(request, "PermissionSetArn");
        if arn.is_empty() {
            arn = text(request, "ResourceArn");
        }
        let set = self.sets.get(&arn)?;
        let accounts: BTreeSet<&String> =
            set.assigned.iter().map(|(account, ..)| account).collect();
        Some(match action {
            "DescribePermissionSet" => {
                let mut told =
                    json!({"Name": set.name, "PermissionSetArn": arn, "SessionDuration": "PT1H"});
                if let Some(description) = &set.description {
                    told["Description"] = json!(description);
                }
                json!({"PermissionSet": told})
            }
            "ListManagedPoliciesInPermissionSet" => {
                let policies = set.managed.iter().rev().map(|arn| json!({"Name": "x", "Arn": arn}));
                json!({"AttachedManagedPolicies": policies.collect::<Vec<_>>()})
            }
            "ListCustomerManagedPolicyReferencesInPermissionSet" => {
                let policies = set.customer.iter().map(|name| json!({"Name": name}));
                json!({"CustomerManagedPolicyReferences": policies.collect::<Vec<_>>()})
            }
            "GetInlinePolicyForPermissionSet" => {
                json!({"InlinePolicy": set.inline.clone().unwrap_or_default()})
            }
            "GetPermissionsBoundaryForPermissionSet" => {
                json!({"PermissionsBoundary": {"ManagedPolicyArn": set.boundary.as_ref()?}})
            }
            "ListTagsForResource" => {
                let tags = set.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value}));
                json!({"Tags": tags.collect::<Vec<_>>()})
            }
            "ListAccountsForProvisionedPermissionSet" => json!({"AccountIds": accounts}),
            "ListAccountAssignments" => {
                let account = text(request, "AccountId");
                let held = set.assigned.iter().filter(|(other, ..)| *other == account);
                let told = held.map(|(account, kind, id)| {
                    json!({"AccountId": account, "PermissionSetArn": arn, "PrincipalType": kind, "PrincipalId": id})
                });
                json!({"AccountAssignments": told.collect::<Vec<_>>()})
            }
            _ => return None,
        })
    }

    fn of_store(&self, action: &str, request: &Value) -> Option<Value> {
        let (user, group) = (text(request, "UserId"), text(request, "GroupId"));
        let member = text(&request["MemberId"], "UserId");
        let of = |wanted: &dyn Fn(&(String, String)) -> bool| {
            let held = self.memberships.iter().filter(|(_, pair)| wanted(pair));
            let told = held.map(|(id, pair)| membership(id, pair));
            json!({"GroupMemberships": told.collect::<Vec<_>>()})
        };
        Some(match action {
            "ListUsers" => {
                let users = self.users.iter().rev().map(|(id, names)| store_user(id, names));
                json!({"Users": users.collect::<Vec<_>>()})
            }
            "DescribeUser" => store_user(&user, self.users.get(&user)?),
            "ListGroups" => {
                let groups = self.groups.iter().rev().map(|(id, name)| store_group(id, name));
                json!({"Groups": groups.collect::<Vec<_>>()})
            }
            "DescribeGroup" => store_group(&group, self.groups.get(&group)?),
            "ListGroupMemberships" if self.groups.contains_key(&group) => {
                of(&|pair| pair.0 == group)
            }
            "ListGroupMembershipsForMember" if self.users.contains_key(&member) => {
                of(&|pair| pair.1 == member)
            }
            "DescribeGroupMembership" => {
                let id = text(request, "MembershipId");
                membership(&id, self.memberships.get(&id)?)
            }
            _ => return None,
        })
    }
}

fn store_user(id: &str, (login, name): &(String, String)) -> Value {
    json!({
        "UserId": id, "IdentityStoreId": STORE, "UserName": login, "DisplayName": name, "UserStatus": "ENABLED",
        "Emails": [{"Value": format!("{login}@example.com"), "Primary": true}],
    })
}

fn store_group(id: &str, name: &str) -> Value {
    json!({"GroupId": id, "IdentityStoreId": STORE, "DisplayName": name})
}

fn membership(id: &str, (group, user): &(String, String)) -> Value {
    let mut told = Map::new();
    told.insert("IdentityStoreId".to_owned(), json!(STORE));
    told.insert("MembershipId".to_owned(), json!(id));
    told.insert("GroupId".to_owned(), json!(group));
    told.insert("MemberId".to_owned(), json!({"UserId": user}));
    Value::Object(told)
}
