//! What happens in the IAM of an account.

use serde_json::{Value, json};

use super::{Call, call};
use crate::living::Inside;
use crate::living::iam::{AWS_MANAGED, Sort};

const USERS: [&str; 6] = ["ana", "bo+x@example.com", "cy", "u=1,2", "dee.dee", "ana-2"];
const GROUPS: [&str; 4] = ["admins", "devs", "ops", "devs-2"];
const ROLES: [&str; 5] = ["app", "deploy", "audit", "app-2", "lambda_x"];
const POLICIES: [&str; 4] = ["read", "write", "bound", "read-2"];
const PROFILES: [&str; 3] = ["web", "db", "web-2"];
const PATHS: [&str; 3] = ["/", "/team/", "/team/sub/"];
const TAGS: [&str; 3] = ["team", "owner", "aws+x"];
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

fn names(sort: Sort) -> &'static [&'static str] {
    match sort {
        Sort::User => &USERS,
        Sort::Group => &GROUPS,
        Sort::Role => &ROLES,
    }
}

impl Inside {
    pub(super) fn iam_step(&mut self, account: &str) {
        let sort = Sort::ALL[self.dice.below(3)];
        let calls = match self.dice.below(24) {
            0..=3 => self.create(sort),
            4 | 5 => self.teardown(account, sort),
            6 => self.rename(account, sort),
            7 | 8 => self.member(account),
            9..=13 => self.part(account, sort),
            14 | 15 => self.credential(account),
            16 | 17 => self.device(account),
            18..=20 => self.managed(account),
            21 | 22 => self.profile(account),
            _ => self.account_step(account),
        };
        self.all(account, "iam", calls);
    }

    /// Somebody who is there, or now and then anybody.
    fn somebody(&mut self, account: &str, sort: Sort) -> String {
        let there = self.iam[account].names(sort);
        let anybody = self.dice.pick(names(sort)).unwrap_or_default();
        let picked = if self.dice.one_in(20) { None } else { self.dice.pick(&there) };
        picked.unwrap_or_else(|| anybody.to_owned())
    }

    /// A managed policy that may be attached.
    fn attachable(&mut self, account: &str) -> String {
        let own: Vec<String> = self.iam[account].policies.keys().cloned().collect();
        let shared = self.dice.pick(&AWS_MANAGED).unwrap_or_default().to_owned();
        if self.dice.one_in(3) { shared } else { self.dice.pick(&own).unwrap_or(shared) }
    }

    /// One of a few names, which come again and again, or one of many, so that some things have few events.
    fn name(&mut self, sort: Sort) -> String {
        let few = self.dice.pick(names(sort)).unwrap_or_default();
        if self.dice.one_in(2) { few.to_owned() } else { format!("{few}-{}", self.dice.below(8)) }
    }

    fn create(&mut self, sort: Sort) -> Vec<Call> {
        let name = self.name(sort);
        let path = self.dice.pick(&PATHS).unwrap_or_default();
        let mut request = json!({format!("{}Name", sort.lower()): name, "path": path});
        if sort == Sort::Role {
            request["assumeRolePolicyDocument"] = json!(TRUST);
        }
        if sort != Sort::Group && self.dice.one_in(8) {
            request["permissionsBoundary"] = json!(AWS_MANAGED[1]);
        }
        vec![call(format!("Create{}", sort.word()), request)]
    }

    /// Everything that somebody has is taken away, and then it is deleted.
    fn teardown(&mut self, account: &str, sort: Sort) -> Vec<Call> {
        let name = self.somebody(account, sort);
        let (word, key) = (sort.word(), format!("{}Name", sort.lower()));
        let of = |more: Value| {
            let mut request = json!({ key.as_str(): name });
            for (name, value) in more.as_object().into_iter().flatten() {
                request[name] = value.clone();
            }
            request
        };
        let iam = &self.iam[account];
        let mut calls = Vec::new();
        if let Some(held) = iam.identities.get(&(sort, name.clone())) {
            for policy in held.inline.keys() {
                calls.push(call(format!("Delete{word}Policy"), of(json!({"policyName": policy}))));
            }
            for arn in &held.attached {
                calls.push(call(format!("Detach{word}Policy"), of(json!({"policyArn": arn}))));
            }
            for group in &held.groups {
                calls.push(call("RemoveUserFromGroup", of(json!({"groupName": group}))));
            }
            for held in &held.keys {
                calls.push(call("DeleteAccessKey", of(json!({"accessKeyId": held.id}))));
            }
            if held.login.is_some() {
                calls.push(call("DeleteLoginProfile", of(json!({}))));
            }
            for serial in &held.devices {
                calls.push(call("DeactivateMFADevice", of(json!({"serialNumber": serial}))));
            }
        }
        if sort == Sort::Group {
            for user in iam.names(Sort::User) {
                if iam.identities[&(Sort::User, user.clone())].groups.contains(&name) {
                    let request = json!({"userName": user, "groupName": name});
                    calls.push(call("RemoveUserFromGroup", request));
                }
            }
        }
        for (profile, _) in iam.profiles.iter().filter(|(_, it)| it.role.as_ref() == Some(&name)) {
            if sort == Sort::Role {
                let request = json!({"roleName": name, "instanceProfileName": profile});
                calls.push(call("RemoveRoleFromInstanceProfile", request));
            }
        }
        calls.push(call(format!("Delete{word}"), of(json!({}))));
        calls
    }

    fn rename(&mut self, account: &str, sort: Sort) -> Vec<Call> {
        // Roles keep their names.
        let sort = if sort == Sort::Role { Sort::User } else { sort };
        let mut request = json!({format!("{}Name", sort.lower()): self.somebody(account, sort)});
        if !self.dice.one_in(3) {
            let new = self.name(sort);
            request[format!("new{}Name", sort.word())] = json!(new);
        }
        if self.dice.one_in(2) {
            request["newPath"] = json!(self.dice.pick(&PATHS));
        }
        vec![call(format!("Update{}", sort.word()), request)]
    }

    fn member(&mut self, account: &str) -> Vec<Call> {
        let user = self.somebody(account, Sort::User);
        let group = self.somebody(account, Sort::Group);
        let operation = if self.dice.one_in(3) { "RemoveUserFromGroup" } else { "AddUserToGroup" };
        vec![call(operation, json!({"userName": user, "groupName": group}))]
    }

    /// Something that somebody holds.
    fn part(&mut self, account: &str, sort: Sort) -> Vec<Call> {
        let name = self.somebody(account, sort);
        let word = sort.word();
        let mut request = json!({format!("{}Name", sort.lower()): name});
        let inline = ["inline", "in+line", "x"][self.dice.below(3)];
        let operation = match self.dice.below(if sort == Sort::Group { 5 } else { 12 }) {
            0 | 1 => {
                request["policyName"] = json!(inline);
                request["policyDocument"] = json!(self.document());
                format!("Put{word}Policy")
            }
            2 => {
                request["policyName"] = json!(inline);
                format!("Delete{word}Policy")
            }
            3 => {
                request["policyArn"] = json!(self.attachable(account));
                format!("Attach{word}Policy")
            }
            4 => {
                let held = self.iam[account].identities.get(&(sort, name));
                let held: Vec<String> =
                    held.into_iter().flat_map(|it| it.attached.clone()).collect();
                request["policyArn"] = json!(self.dice.pick(&held).unwrap_or_default());
                format!("Detach{word}Policy")
            }
            5 | 6 => {
                request["permissionsBoundary"] = json!(self.attachable(account));
                format!("Put{word}PermissionsBoundary")
            }
            7 => format!("Delete{word}PermissionsBoundary"),
            8 | 9 => {
                let value = ["red", "green", ""][self.dice.below(3)];
                request["tags"] = json!([{"key": self.dice.pick(&TAGS), "value": value}]);
                format!("Tag{word}")
            }
            10 => {
                request["tagKeys"] = json!([self.dice.pick(&TAGS)]);
                format!("Untag{word}")
            }
            _ if sort == Sort::Role => {
                let service = ["ec2", "lambda", "ecs-tasks"][self.dice.below(3)];
                request["policyDocument"] = json!(TRUST.replace("ec2", service));
                "UpdateAssumeRolePolicy".to_owned()
            }
            _ => {
                request["policyArn"] = json!(AWS_MANAGED[0]);
                format!("Attach{word}Policy")
            }
        };
        vec![call(operation, request)]
    }

    fn credential(&mut self, account: &str) -> Vec<Call> {
        let user = self.somebody(account, Sort::User);
        let held = self.iam[account].identities.get(&(Sort::User, user.clone()));
        let keys: Vec<String> =
            held.into_iter().flat_map(|it| it.keys.iter().map(|key| key.id.clone())).collect();
        let key = self.dice.pick(&keys).unwrap_or_default();
        let plain = json!({ "userName": user });
        vec![match self.dice.below(7) {
            0 | 1 => call("CreateAccessKey", plain),
            2 => {
                let status = ["Active", "Inactive"][self.dice.below(2)];
                let request = json!({"userName": user, "accessKeyId": key, "status": status});
                call("UpdateAccessKey", request)
            }
            3 => call("DeleteAccessKey", json!({"userName": user, "accessKeyId": key})),
            4 => call("CreateLoginProfile", plain),
            5 => call("UpdateLoginProfile", plain),
            _ => call("DeleteLoginProfile", plain),
        }]
    }

    fn device(&mut self, account: &str) -> Vec<Call> {
        let user = self.somebody(account, Sort::User);
        let iam = &self.iam[account];
        let spare: Vec<String> = iam.spare.iter().cloned().collect();
        let held: Vec<String> = iam
            .identities
            .get(&(Sort::User, user.clone()))
            .into_iter()
            .flat_map(|it| it.devices.clone())
            .collect();
        let serial = self.dice.pick(&spare).unwrap_or_default();
        vec![match self.dice.below(5) {
            0 => {
                let name = ["phone", "tablet"][self.dice.below(2)];
                call("CreateVirtualMFADevice", json!({"virtualMFADeviceName": name}))
            }
            1 | 2 => call("EnableMFADevice", json!({"userName": user, "serialNumber": serial})),
            3 => {
                let serial = self.dice.pick(&held).unwrap_or_default();
                call("DeactivateMFADevice", json!({"userName": user, "serialNumber": serial}))
            }
            _ => call("DeleteVirtualMFADevice", json!({"serialNumber": serial})),
        }]
    }

    fn managed(&mut self, account: &str) -> Vec<Call> {
        let own: Vec<String> = self.iam[account].policies.keys().cloned().collect();
        let arn = self.dice.pick(&own).unwrap_or_default();
        let versions: Vec<u32> = self.iam[account]
            .policies
            .get(&arn)
            .into_iter()
            .flat_map(|it| it.versions.keys().copied())
            .collect();
        let version = format!("v{}", self.dice.pick(&versions).unwrap_or(1));
        let text = self.document();
        match self.dice.below(8) {
            0 | 1 => {
                let name = self.dice.pick(&POLICIES);
                let path = self.dice.pick(&PATHS);
                let request = json!({"policyName": name, "path": path, "policyDocument": text});
                vec![call("CreatePolicy", request)]
            }
            2 | 3 => {
                let default = self.dice.one_in(2);
                let request =
                    json!({"policyArn": arn, "policyDocument": text, "setAsDefault": default});
                vec![call("CreatePolicyVersion", request)]
            }
            4 => vec![call("DeletePolicyVersion", json!({"policyArn": arn, "versionId": version}))],
            5 => {
                vec![call(
                    "SetDefaultPolicyVersion",
                    json!({"policyArn": arn, "versionId": version}),
                )]
            }
            6 => vec![call("TagPolicy", json!({"policyArn": arn, "tags": []}))],
            _ => self.without_policy(account, &arn),
        }
    }

    /// A managed policy is taken away from all who have it, and then it is deleted.
    fn without_policy(&self, account: &str, arn: &str) -> Vec<Call> {
        let iam = &self.iam[account];
        let mut calls = Vec::new();
        for ((sort, name), held) in &iam.identities {
            let (word, key) = (sort.word(), format!("{}Name", sort.lower()));
            if held.attached.contains(arn) {
                let request = json!({key.as_str(): name, "policyArn": arn});
                calls.push(call(format!("Detach{word}Policy"), request));
            }
            if held.boundary.as_deref() == Some(arn) {
                let request = json!({ key: name });
                calls.push(call(format!("Delete{word}PermissionsBoundary"), request));
            }
        }
        if let Some(policy) = iam.policies.get(arn) {
            for version in policy.versions.keys().filter(|number| **number != policy.default) {
                let request = json!({"policyArn": arn, "versionId": format!("v{version}")});
                calls.push(call("DeletePolicyVersion", request));
            }
        }
        calls.push(call("DeletePolicy", json!({ "policyArn": arn })));
        calls
    }

    fn profile(&mut self, account: &str) -> Vec<Call> {
        let role = self.somebody(account, Sort::Role);
        let profile = self.dice.pick(&PROFILES).unwrap_or_default();
        let held = self.iam[account].profiles.get(profile).and_then(|it| it.role.clone());
        let plain = json!({ "instanceProfileName": profile });
        let with = |role: String| json!({"instanceProfileName": profile, "roleName": role});
        match (self.dice.below(4), held) {
            (0, _) => vec![call("CreateInstanceProfile", plain)],
            (1, Some(role)) => vec![call("RemoveRoleFromInstanceProfile", with(role))],
            (2, None) => vec![call("DeleteInstanceProfile", plain)],
            _ => vec![call("AddRoleToInstanceProfile", with(role))],
        }
    }

    fn account_step(&mut self, account: &str) -> Vec<Call> {
        let name = ["idp", "other"][self.dice.below(2)];
        let arn = |kind: &str, name: &str| format!("arn:aws:iam::{account}:{kind}/{name}");
        vec![match self.dice.below(6) {
            0 => call("CreateAccountAlias", json!({"accountAlias": name})),
            1 => call("DeleteAccountAlias", json!({"accountAlias": name})),
            2 => call("CreateSAMLProvider", json!({"name": name, "sAMLMetadataDocument": "<x/>"})),
            3 => {
                let arn = arn("saml-provider", name);
                call("DeleteSAMLProvider", json!({"sAMLProviderArn": arn}))
            }
            4 => {
                let url = format!("https://{name}.example.com");
                call("CreateOpenIDConnectProvider", json!({ "url": url }))
            }
            _ => {
                let arn = arn("oidc-provider", &format!("{name}.example.com"));
                call("DeleteOpenIDConnectProvider", json!({"openIDConnectProviderArn": arn}))
            }
        }]
    }
}
