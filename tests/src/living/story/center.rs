//! What happens in Identity Center, its identity store, and the organization: calls in the management account.

use serde_json::{Value, json};

use super::{Call, call};
use crate::living::iam::AWS_MANAGED;
use crate::living::organization::ROOT;
use crate::living::people::INSTANCE;
use crate::living::{HOME, Inside, MEMBERS};

const SETS: [&str; 4] = ["Admin", "Read", "Billing", "Deploy"];
const LOGINS: [&str; 5] = ["ana", "bo", "cy", "dee", "eva"];
const TEAMS: [&str; 4] = ["Admins", "Readers", "On call", "Everybody"];
const UNITS: [&str; 3] = ["Prod", "Dev", "Sandbox"];
const GUARDS: [&str; 3] = ["no-root", "regions", "tags"];

impl Inside {
    pub(super) fn center_step(&mut self) {
        if self.dice.one_in(2) {
            let calls = self.set_step();
            self.all(HOME, "sso", calls);
        } else {
            let calls = vec![self.store_step()];
            self.all(HOME, "identitystore", calls);
        }
    }

    #[expect(clippy::too_many_lines, reason = "a table of calls")]
    fn set_step(&mut self) -> Vec<Call> {
        let there: Vec<String> = self.people.sets.keys().cloned().collect();
        let Some(arn) = self.dice.pick(&there).filter(|_| !self.dice.one_in(8)) else {
            let name = self.dice.pick(&SETS);
            return vec![call(
                "CreatePermissionSet",
                json!({"instanceArn": INSTANCE, "name": name}),
            )];
        };
        let of = |more: Value| {
            let mut request = json!({"instanceArn": INSTANCE, "permissionSetArn": arn});
            for (name, value) in more.as_object().into_iter().flatten() {
                request[name] = value.clone();
            }
            request
        };
        let policy = self.dice.pick(&AWS_MANAGED);
        let document = self.document();
        let key = ["team", "owner"][self.dice.below(2)];
        let reference = json!({"customerManagedPolicyReference": {"name": key, "path": "/"}});
        vec![match self.dice.below(17) {
            0 => call("UpdatePermissionSet", of(json!({"description": key}))),
            1 => {
                call("AttachManagedPolicyToPermissionSet", of(json!({"managedPolicyArn": policy})))
            }
            2 => call(
                "DetachManagedPolicyFromPermissionSet",
                of(json!({"managedPolicyArn": policy})),
            ),
            3 => call("AttachCustomerManagedPolicyReferenceToPermissionSet", of(reference)),
            4 => call("DetachCustomerManagedPolicyReferenceFromPermissionSet", of(reference)),
            5 => call("PutInlinePolicyToPermissionSet", of(json!({"inlinePolicy": document}))),
            6 => call("DeleteInlinePolicyFromPermissionSet", of(json!({}))),
            7 => {
                let request = of(json!({"permissionsBoundary": {"managedPolicyArn": policy}}));
                call("PutPermissionsBoundaryToPermissionSet", request)
            }
            8 => call("DeletePermissionsBoundaryFromPermissionSet", of(json!({}))),
            9 => {
                let tags = json!([{"key": key, "value": document}]);
                call(
                    "TagResource",
                    json!({"instanceArn": INSTANCE, "resourceArn": arn, "tags": tags}),
                )
            }
            10 => {
                let request =
                    json!({"instanceArn": INSTANCE, "resourceArn": arn, "tagKeys": [key]});
                call("UntagResource", request)
            }
            11..=13 => {
                let who = self.assignee();
                call("CreateAccountAssignment", of(who))
            }
            14 | 15 => {
                let held: Vec<_> = self.people.sets[&arn].assigned.iter().cloned().collect();
                let who = self.dice.pick(&held).unwrap_or_default();
                call("DeleteAccountAssignment", of(assignment(who)))
            }
            _ => {
                let held = &self.people.sets[&arn].assigned;
                let held = held.iter().cloned().map(|who| of(assignment(who)));
                let calls = held.map(|request| call("DeleteAccountAssignment", request));
                let delete = call("DeletePermissionSet", of(json!({})));
                return calls.chain([delete]).collect();
            }
        }]
    }

    fn assignee(&mut self) -> Value {
        let account = self.dice.pick(&[HOME, MEMBERS[0], MEMBERS[1]]).unwrap_or_default();
        let users: Vec<String> = self.people.users.keys().cloned().collect();
        let groups: Vec<String> = self.people.groups.keys().cloned().collect();
        let (kind, ids) = if self.dice.one_in(2) { ("USER", users) } else { ("GROUP", groups) };
        let id = self.dice.pick(&ids).unwrap_or_else(|| "somebody".to_owned());
        assignment((account.to_owned(), kind.to_owned(), id))
    }

    fn store_step(&mut self) -> Call {
        let users: Vec<String> = self.people.users.keys().cloned().collect();
        let groups: Vec<String> = self.people.groups.keys().cloned().collect();
        let memberships: Vec<String> = self.people.memberships.keys().cloned().collect();
        let user = self.dice.pick(&users).unwrap_or_default();
        let group = self.dice.pick(&groups).unwrap_or_default();
        let membership = self.dice.pick(&memberships).unwrap_or_default();
        let name = format!("{} {}", self.dice.pick(&TEAMS).unwrap_or_default(), self.dice.below(3));
        let store = "d-1111222233";
        match self.dice.below(13) {
            0 | 1 => {
                let login = self.dice.pick(&LOGINS);
                let request =
                    json!({"identityStoreId": store, "userName": login, "displayName": name});
                call("CreateUser", request)
            }
            2 => {
                let request =
                    json!({"identityStoreId": store, "userId": user, "displayName": name});
                call("UpdateUser", request)
            }
            3 => call("DeleteUser", json!({"identityStoreId": store, "userId": user})),
            4 | 5 => call("CreateGroup", json!({"identityStoreId": store, "displayName": name})),
            6 => {
                let request =
                    json!({"identityStoreId": store, "groupId": group, "displayName": name});
                call("UpdateGroup", request)
            }
            7 => call("DeleteGroup", json!({"identityStoreId": store, "groupId": group})),
            8..=10 => {
                let request = json!({
                    "identityStoreId": store, "groupId": group, "memberId": {"userId": user},
                });
                call("CreateGroupMembership", request)
            }
            _ => {
                let request = json!({"identityStoreId": store, "membershipId": membership});
                call("DeleteGroupMembership", request)
            }
        }
    }

    pub(super) fn organization_step(&mut self) {
        let calls = self.tree_step();
        self.all(HOME, "organizations", calls);
    }

    #[expect(clippy::too_many_lines, reason = "a table of calls")]
    fn tree_step(&mut self) -> Vec<Call> {
        let units: Vec<String> = self.tree.units.keys().cloned().collect();
        let unit = self.dice.pick(&units).unwrap_or_default();
        let parent = self.dice.pick(&units).filter(|_| self.dice.one_in(2));
        let parent = parent.unwrap_or_else(|| ROOT.to_owned());
        let account = self.dice.pick(&MEMBERS).unwrap_or_default();
        let policies: Vec<String> = self.tree.policies.keys().cloned().collect();
        let policy = self.dice.pick(&policies).unwrap_or_default();
        let target = [parent.clone(), account.to_owned()][self.dice.below(2)].clone();
        let service = ["sso.amazonaws.com", "guardduty.amazonaws.com"][self.dice.below(2)];
        let key = ["team", "owner"][self.dice.below(2)];
        vec![match self.dice.below(16) {
            0 | 1 => {
                let name = self.dice.pick(&UNITS);
                call("CreateOrganizationalUnit", json!({"parentId": parent, "name": name}))
            }
            2 => {
                let name = self.dice.pick(&UNITS);
                call(
                    "UpdateOrganizationalUnit",
                    json!({"organizationalUnitId": unit, "name": name}),
                )
            }
            3 => call("DeleteOrganizationalUnit", json!({"organizationalUnitId": unit})),
            4 | 5 => {
                let request = json!({"accountId": account, "destinationParentId": parent});
                call("MoveAccount", request)
            }
            6 => {
                let (name, content) = (self.dice.pick(&GUARDS), self.document());
                call(
                    "CreatePolicy",
                    json!({"name": name, "content": content, "type": "SERVICE_CONTROL_POLICY"}),
                )
            }
            7 => call("UpdatePolicy", json!({"policyId": policy, "content": self.document()})),
            8 | 9 => call("AttachPolicy", json!({"policyId": policy, "targetId": target})),
            10 => call("DetachPolicy", json!({"policyId": policy, "targetId": target})),
            11 => {
                let held = &self.tree.policies[&policy].targets;
                let detach = |target: &String| {
                    call("DetachPolicy", json!({"policyId": policy, "targetId": target}))
                };
                let calls: Vec<Call> = held.iter().map(detach).collect();
                let delete = call("DeletePolicy", json!({ "policyId": policy }));
                return calls.into_iter().chain([delete]).collect();
            }
            12 => {
                let verb = ["Register", "Deregister"][self.dice.below(2)];
                let request = json!({"accountId": account, "servicePrincipal": service});
                call(format!("{verb}DelegatedAdministrator"), request)
            }
            13 => {
                let verb = ["Enable", "Disable"][self.dice.below(2)];
                call(format!("{verb}AWSServiceAccess"), json!({"servicePrincipal": service}))
            }
            14 => {
                let tags = json!([{"key": key, "value": "x"}]);
                call("TagResource", json!({"resourceId": account, "tags": tags}))
            }
            _ => call("UntagResource", json!({"resourceId": account, "tagKeys": [key]})),
        }]
    }
}

fn assignment((account, kind, id): (String, String, String)) -> Value {
    json!({"targetId": account, "targetType": "AWS_ACCOUNT", "principalType": kind, "principalId": id})
}
