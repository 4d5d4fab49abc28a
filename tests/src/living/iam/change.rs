//! The calls that change it, by their CloudTrail names and requests.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>

use serde_json::{Value, json};

use super::{AWS_MANAGED, Iam, Identity, Key, Policy, Profile, Sort, text};
use crate::living::text::date;

/// What AWS answers, or the code of its error.
type Done = Result<Value, &'static str>;

const NONE: &str = "NoSuchEntity";
const CONFLICT: &str = "DeleteConflict";
const EXISTS: &str = "EntityAlreadyExists";
const LIMIT: &str = "LimitExceeded";
const INVALID: &str = "InvalidInput";

/// Versions that a managed policy may have.
const VERSIONS: usize = 5;

impl Iam {
    /// Makes a call; `id` is what a new thing's unique id ends in.
    pub(in crate::living) fn change(
        &mut self,
        operation: &str,
        request: &Value,
        now: i64,
        id: &str,
    ) -> Done {
        if operation.ends_with("AccessKey") || operation.ends_with("LoginProfile") {
            return self.credential(operation, request, now, id);
        }
        if operation.ends_with("InstanceProfile") {
            return self.profile(operation, request, now, id);
        }
        let of_policy = operation.ends_with("PolicyVersion") || operation == "TagPolicy";
        if of_policy || matches!(operation, "CreatePolicy" | "DeletePolicy") {
            return self.policy(operation, request, now, id);
        }
        match operation {
            "AddUserToGroup" | "RemoveUserFromGroup" => self.member(operation, request),
            "CreateUser" => self.create(Sort::User, request, now, id),
            "CreateGroup" => self.create(Sort::Group, request, now, id),
            "CreateRole" => self.create(Sort::Role, request, now, id),
            "DeleteUser" => self.delete(Sort::User, request),
            "DeleteGroup" => self.delete(Sort::Group, request),
            "DeleteRole" => self.delete(Sort::Role, request),
            "UpdateUser" => self.rename(Sort::User, request),
            "UpdateGroup" => self.rename(Sort::Group, request),
            "UpdateAssumeRolePolicy" => {
                let document = text(request, "policyDocument").ok_or(INVALID)?.to_owned();
                self.identity(Sort::Role, request)?.trust = document;
                Ok(Value::Null)
            }
            _ => match Sort::ALL.into_iter().find(|sort| operation.contains(sort.word())) {
                Some(sort) => self.part(sort, operation, request),
                None => self.account(operation, request, now),
            },
        }
    }

    fn identity(&mut self, sort: Sort, request: &Value) -> Result<&mut Identity, &'static str> {
        let name = text(request, &format!("{}Name", sort.lower())).ok_or(INVALID)?;
        self.identities.get_mut(&(sort, name.to_owned())).ok_or(NONE)
    }

    fn create(&mut self, sort: Sort, request: &Value, now: i64, id: &str) -> Done {
        let name = text(request, &format!("{}Name", sort.lower())).ok_or(INVALID)?.to_owned();
        if self.identities.contains_key(&(sort, name.clone())) {
            return Err(EXISTS);
        }
        let identity = Identity {
            sort,
            name: name.clone(),
            path: text(request, "path").unwrap_or("/").to_owned(),
            id: format!("{}{id}", sort.prefix()),
            created: now,
            trust: text(request, "assumeRolePolicyDocument").unwrap_or_default().to_owned(),
            inline: [].into(),
            attached: [].into(),
            groups: [].into(),
            boundary: text(request, "permissionsBoundary").map(str::to_owned),
            tags: [].into(),
            keys: Vec::new(),
            login: None,
            devices: [].into(),
        };
        let (lower, arn) = (sort.lower(), self.arn_of(&identity));
        let answer = json!({lower: {
            format!("{lower}Name"): name,
            format!("{lower}Id"): identity.id,
            "arn": arn,
            "path": identity.path,
            "createDate": date(now),
        }});
        self.identities.insert((sort, name), identity);
        Ok(answer)
    }

    fn delete(&mut self, sort: Sort, request: &Value) -> Done {
        let held = self.identity(sort, request)?;
        let name = held.name.clone();
        let has = !held.inline.is_empty()
            || !held.attached.is_empty()
            || !held.groups.is_empty()
            || !held.keys.is_empty()
            || held.login.is_some()
            || !held.devices.is_empty();
        let has_members =
            sort == Sort::Group && self.of(Sort::User).any(|it| it.groups.contains(&name));
        let in_profile = sort == Sort::Role
            && self.profiles.values().any(|it| it.role.as_deref() == Some(name.as_str()));
        if has || has_members || in_profile {
            return Err(CONFLICT);
        }
        self.identities.remove(&(sort, name));
        Ok(Value::Null)
    }

    /// A new name, a new path, or both. A group keeps its members, whose lists have its new name.
    fn rename(&mut self, sort: Sort, request: &Value) -> Done {
        let old = self.identity(sort, request)?.name.clone();
        let word = format!("new{}Name", sort.word());
        let new = text(request, &word).unwrap_or(&old).to_owned();
        if new != old && self.identities.contains_key(&(sort, new.clone())) {
            return Err(EXISTS);
        }
        let Some(mut identity) = self.identities.remove(&(sort, old.clone())) else {
            return Err(NONE);
        };
        identity.name.clone_from(&new);
        if let Some(path) = text(request, "newPath") {
            path.clone_into(&mut identity.path);
        }
        self.identities.insert((sort, new.clone()), identity);
        if sort == Sort::Group {
            for user in self.identities.values_mut() {
                if user.groups.remove(&old) {
                    user.groups.insert(new.clone());
                }
            }
        }
        Ok(Value::Null)
    }

    fn member(&mut self, operation: &str, request: &Value) -> Done {
        let group = self.identity(Sort::Group, request)?.name.clone();
        let user = self.identity(Sort::User, request)?;
        match operation {
            "AddUserToGroup" => user.groups.insert(group),
            _ if !user.groups.contains(&group) => return Err(NONE),
            _ => user.groups.remove(&group),
        };
        Ok(Value::Null)
    }

    /// `PutUserPolicy`, `AttachRolePolicy`, `UntagUser` and the like.
    fn part(&mut self, sort: Sort, operation: &str, request: &Value) -> Done {
        let arn = text(request, "policyArn").or(text(request, "permissionsBoundary"));
        let is_there =
            arn.is_none_or(|arn| AWS_MANAGED.contains(&arn) || self.policies.contains_key(arn));
        let (name, arn) = (text(request, "policyName"), arn.map(str::to_owned));
        let identity = self.identity(sort, request)?;
        if !is_there {
            return Err(NONE);
        }
        let what = operation.replacen(sort.word(), "", 1);
        match (what.as_str(), arn) {
            ("PutPermissionsBoundary", arn) => identity.boundary = arn,
            ("DeletePermissionsBoundary", _) => identity.boundary = None,
            ("PutPolicy", _) => {
                let document = text(request, "policyDocument").ok_or(INVALID)?;
                identity.inline.insert(name.ok_or(INVALID)?.to_owned(), document.to_owned());
            }
            ("DeletePolicy", _) => {
                identity.inline.remove(name.ok_or(INVALID)?).ok_or(NONE)?;
            }
            ("AttachPolicy", Some(arn)) => {
                identity.attached.insert(arn);
            }
            ("DetachPolicy", Some(arn)) => {
                if !identity.attached.remove(&arn) {
                    return Err(NONE);
                }
            }
            ("Tag", _) => {
                for tag in request["tags"].as_array().into_iter().flatten() {
                    let part = |name: &str| text(tag, name).unwrap_or_default().to_owned();
                    identity.tags.insert(part("key"), part("value"));
                }
            }
            ("Untag", _) => {
                let keys = request["tagKeys"].as_array().into_iter().flatten();
                for key in keys.filter_map(Value::as_str) {
                    identity.tags.remove(key);
                }
            }
            // Descriptions and durations are not looked at.
            ("Update" | "UpdateDescription", _) => {}
            _ => return Err(INVALID),
        }
        Ok(Value::Null)
    }

    fn credential(&mut self, operation: &str, request: &Value, now: i64, id: &str) -> Done {
        let user = self.identity(Sort::User, request)?;
        let name = user.name.clone();
        let key = text(request, "accessKeyId");
        match operation {
            "CreateAccessKey" if user.keys.len() >= 2 => return Err(LIMIT),
            "CreateAccessKey" => {
                let id = format!("AKIA{id}");
                user.keys.push(Key { id: id.clone(), created: now, active: true });
                return Ok(json!({"accessKey": {
                    "userName": name, "accessKeyId": id, "status": "Active", "createDate": date(now),
                }}));
            }
            "UpdateAccessKey" => {
                let held = user.keys.iter_mut().find(|held| Some(held.id.as_str()) == key);
                held.ok_or(NONE)?.active = text(request, "status") == Some("Active");
            }
            "DeleteAccessKey" => {
                let at = user.keys.iter().position(|held| Some(held.id.as_str()) == key);
                user.keys.remove(at.ok_or(NONE)?);
            }
            "CreateLoginProfile" if user.login.is_some() => return Err(EXISTS),
            "CreateLoginProfile" => {
                user.login = Some(now);
                return Ok(json!({"loginProfile": {"userName": name, "createDate": date(now)}}));
            }
            "UpdateLoginProfile" => *user.login.as_mut().ok_or(NONE)? = now,
            _ => {
                user.login.take().ok_or(NONE)?;
            }
        }
        Ok(Value::Null)
    }

    fn create_policy(&mut self, request: &Value, now: i64, id: &str) -> Done {
        let name = text(request, "policyName").ok_or(INVALID)?;
        let path = text(request, "path").unwrap_or("/");
        let arn = self.arn("policy", path, name);
        // A name is one policy's, whatever its path.
        if self.policies.values().any(|it| it.name == name) {
            return Err(EXISTS);
        }
        let document = text(request, "policyDocument").ok_or(INVALID)?.to_owned();
        let policy = Policy {
            name: name.to_owned(),
            path: path.to_owned(),
            id: format!("ANPA{id}"),
            created: now,
            updated: now,
            default: 1,
            last: 1,
            versions: [(1, (now, document))].into(),
        };
        let answer = json!({"policy": {
            "policyName": name, "policyId": policy.id, "arn": arn, "path": path, "defaultVersionId": "v1",
        }});
        self.policies.insert(arn, policy);
        Ok(answer)
    }

    fn policy(&mut self, operation: &str, request: &Value, now: i64, id: &str) -> Done {
        if operation == "CreatePolicy" {
            return self.create_policy(request, now, id);
        }
        let arn = text(request, "policyArn").ok_or(INVALID)?;
        let used = self.uses(arn) != (0, 0);
        let policy = self.policies.get_mut(arn).ok_or(NONE)?;
        let number = text(request, "versionId").unwrap_or_default().trim_start_matches('v').parse();
        match operation {
            "DeletePolicy" if used || policy.versions.len() > 1 => return Err(CONFLICT),
            "DeletePolicy" => {
                self.policies.remove(arn);
            }
            "CreatePolicyVersion" if policy.versions.len() >= VERSIONS => return Err(LIMIT),
            "CreatePolicyVersion" => {
                let document = text(request, "policyDocument").ok_or(INVALID)?.to_owned();
                policy.last += 1;
                policy.versions.insert(policy.last, (now, document));
                policy.updated = now;
                if request["setAsDefault"] == json!(true) {
                    policy.default = policy.last;
                }
            }
            "DeletePolicyVersion" => {
                let number: u32 = number.map_err(|_| INVALID)?;
                if number == policy.default {
                    return Err(CONFLICT);
                }
                policy.versions.remove(&number).ok_or(NONE)?;
                policy.updated = now;
            }
            "SetDefaultPolicyVersion" => {
                let number: u32 = number.map_err(|_| INVALID)?;
                if !policy.versions.contains_key(&number) {
                    return Err(NONE);
                }
                policy.default = number;
                policy.updated = now;
            }
            _ => {}
        }
        Ok(Value::Null)
    }

    fn profile(&mut self, operation: &str, request: &Value, now: i64, id: &str) -> Done {
        let name = text(request, "instanceProfileName").ok_or(INVALID)?.to_owned();
        let role = text(request, "roleName").map(str::to_owned);
        if let Some(role) = &role
            && !self.identities.contains_key(&(Sort::Role, role.clone()))
        {
            return Err(NONE);
        }
        if operation == "CreateInstanceProfile" {
            if self.profiles.contains_key(&name) {
                return Err(EXISTS);
            }
            let path = text(request, "path").unwrap_or("/").to_owned();
            let profile = Profile { path, id: format!("AIPA{id}"), created: now, role: None };
            self.profiles.insert(name, profile);
            return Ok(Value::Null);
        }
        let profile = self.profiles.get_mut(&name).ok_or(NONE)?;
        match operation {
            "AddRoleToInstanceProfile" if profile.role.is_some() => return Err(LIMIT),
            "AddRoleToInstanceProfile" => profile.role = role,
            "RemoveRoleFromInstanceProfile" if profile.role != role => return Err(NONE),
            "RemoveRoleFromInstanceProfile" => profile.role = None,
            _ if profile.role.is_some() => return Err(CONFLICT),
            _ => {
                self.profiles.remove(&name);
            }
        }
        Ok(Value::Null)
    }

    /// What belongs to the account as a whole.
    fn account(&mut self, operation: &str, request: &Value, now: i64) -> Done {
        let name = |word: &str| text(request, word).ok_or(INVALID);
        match operation {
            "CreateAccountAlias" => self.alias = Some(name("accountAlias")?.to_owned()),
            "DeleteAccountAlias" => {
                self.alias.take().ok_or(NONE)?;
            }
            "CreateSAMLProvider" => {
                let arn = self.arn("saml-provider", "/", name("name")?);
                if self.saml.contains_key(&arn) {
                    return Err(EXISTS);
                }
                self.saml.insert(arn.clone(), now);
                return Ok(json!({ "sAMLProviderArn": arn }));
            }
            "DeleteSAMLProvider" => {
                self.saml.remove(name("sAMLProviderArn")?).ok_or(NONE)?;
            }
            "CreateOpenIDConnectProvider" => {
                let host = name("url")?.trim_start_matches("https://");
                let arn = self.arn("oidc-provider", "/", host);
                if !self.oidc.insert(arn.clone()) {
                    return Err(EXISTS);
                }
                return Ok(json!({ "openIDConnectProviderArn": arn }));
            }
            "DeleteOpenIDConnectProvider" => {
                let arn = name("openIDConnectProviderArn")?;
                return if self.oidc.remove(arn) { Ok(Value::Null) } else { Err(NONE) };
            }
            _ => return self.device(operation, request),
        }
        Ok(Value::Null)
    }

    /// Virtual devices for MFA.
    fn device(&mut self, operation: &str, request: &Value) -> Done {
        if operation == "CreateVirtualMFADevice" {
            let name = text(request, "virtualMFADeviceName").ok_or(INVALID)?;
            let serial = self.arn("mfa", "/", name);
            let held = self.of(Sort::User).any(|it| it.devices.contains(&serial));
            if held || !self.spare.insert(serial.clone()) {
                return Err(EXISTS);
            }
            return Ok(json!({"virtualMFADevice": {"serialNumber": serial}}));
        }
        let serial = text(request, "serialNumber").ok_or(INVALID)?.to_owned();
        match operation {
            "DeleteVirtualMFADevice" if self.spare.remove(&serial) => {}
            "DeleteVirtualMFADevice" => return Err(CONFLICT),
            "EnableMFADevice" => {
                let is_spare = self.spare.contains(&serial);
                let user = self.identity(Sort::User, request)?;
                if !is_spare {
                    return Err(NONE);
                }
                user.devices.insert(serial.clone());
                self.spare.remove(&serial);
            }
            "DeactivateMFADevice" => {
                if !self.identity(Sort::User, request)?.devices.remove(&serial) {
                    return Err(NONE);
                }
                self.spare.insert(serial);
            }
            _ => return Err(INVALID),
        }
        Ok(Value::Null)
    }
}
