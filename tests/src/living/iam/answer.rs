//! What IAM answers to those who only read.

use std::fmt::Write as _;

use accesstrail_shared::model::Timestamp;
use base64::Engine as _;

use super::{AWS_MANAGED, Iam, Identity, Policy, Profile, Sort};
use crate::living::text::{Xml, date, document};
use crate::living::{Answer, Asked};

/// How much of everything a page of authorization details holds.
const PAGE: usize = 40;

/// What AWS's own policies say.
const AWS_DOCUMENT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}"#;

/// When they were made.
const AWS_DATE: i64 = 1_423_000_000;

impl Iam {
    /// Answers a call that reads.
    pub(in crate::living) fn answer(&self, asked: &Asked, now: Timestamp) -> Answer {
        let mut xml = Xml::default();
        let answered = self.of_account(asked, now, &mut xml)
            || self.of_credentials(asked, &mut xml).is_some()
            || self.of_policies(asked, &mut xml).is_some()
            || self.of_identities(asked, &mut xml).is_some();
        if answered {
            if !xml.0.contains("<IsTruncated>") {
                xml.text("IsTruncated", "false");
            }
            return Answer::query(&asked.action, &xml.0);
        }
        Answer::query_error("NoSuchEntity")
    }

    fn asked(&self, sort: Sort, asked: &Asked) -> Option<&Identity> {
        let name = asked.field(&format!("{}Name", sort.word()));
        self.identities.get(&(sort, name))
    }

    /// What is told of the account as a whole; false if it is something else that is asked.
    fn of_account(&self, asked: &Asked, now: Timestamp, xml: &mut Xml) -> bool {
        match asked.action.as_str() {
            "GetAccountAuthorizationDetails" => self.details(asked, xml),
            "GetAccountSummary" => {
                xml.inside("SummaryMap", |xml| {
                    for (name, value) in self.summary() {
                        xml.inside("entry", |xml| {
                            xml.text("key", name).text("value", value.to_string());
                        });
                    }
                });
            }
            "ListAccountAliases" => {
                xml.list("AccountAliases", &self.alias, |xml, alias| xml.plain(alias));
            }
            "ListSAMLProviders" => {
                xml.list("SAMLProviderList", &self.saml, |xml, (arn, made)| {
                    xml.text("Arn", arn).text("CreateDate", date(*made));
                });
            }
            "ListOpenIDConnectProviders" => {
                xml.list("OpenIDConnectProviderList", &self.oidc, |xml, arn| {
                    xml.text("Arn", arn);
                });
            }
            "ListInstanceProfiles" => {
                xml.list("InstanceProfiles", &self.profiles, |xml, it| self.tell_profile(xml, it));
            }
            "ListServerCertificates" => {
                xml.list("ServerCertificateMetadataList", [(); 0], |_, ()| {});
            }
            "GenerateCredentialReport" => {
                xml.text("State", "COMPLETE");
            }
            "GetCredentialReport" => {
                let text = base64::engine::general_purpose::STANDARD.encode(self.report());
                xml.text("Content", text).text("ReportFormat", "text/csv");
                xml.text("GeneratedTime", now.to_string());
            }
            _ => return false,
        }
        true
    }

    /// The numbers. Which versions are "in use" AWS does not say: here they are those of attached policies.
    fn summary(&self) -> Vec<(&'static str, usize)> {
        let devices = |it: &Identity| it.devices.len();
        let in_use: usize = self.of(Sort::User).map(devices).sum();
        let used = |arn: &str| self.uses(arn).0 > 0;
        let versions = self.policies.iter().filter(|(arn, _)| used(arn));
        let versions: usize = versions.map(|(_, policy)| policy.versions.len()).sum();
        let shared = AWS_MANAGED.iter().filter(|arn| used(arn)).count();
        vec![
            ("Users", self.of(Sort::User).count()),
            ("Groups", self.of(Sort::Group).count()),
            ("Roles", self.of(Sort::Role).count()),
            ("Policies", self.policies.len()),
            ("PolicyVersionsInUse", versions + shared),
            ("InstanceProfiles", self.profiles.len()),
            ("Providers", self.saml.len() + self.oidc.len()),
            ("MFADevices", in_use + self.spare.len()),
            ("MFADevicesInUse", in_use),
            ("AccountMFAEnabled", 1),
            ("AccountAccessKeysPresent", 0),
            ("UsersQuota", 5_000),
        ]
    }

    /// Users, groups, roles and policies are one sequence, page by page.
    fn details(&self, asked: &Asked, xml: &mut Xml) {
        let from: usize = asked.field("Marker").parse().unwrap_or_default();
        let to = from + PAGE;
        let mut at = 0;
        let mut here = || {
            at += 1;
            (from..to).contains(&(at - 1))
        };
        for sort in Sort::ALL {
            let some: Vec<&Identity> = self.of(sort).filter(|_| here()).collect();
            xml.list(&format!("{}DetailList", sort.word()), some, |xml, it| self.detail(xml, it));
        }
        let own: Vec<(&String, &Policy)> = self.policies.iter().filter(|_| here()).collect();
        let shared: Vec<&str> = AWS_MANAGED.into_iter().filter(|_| here()).collect();
        xml.inside("Policies", |xml| {
            for (arn, policy) in own {
                xml.inside("member", |xml| {
                    self.tell_policy(xml, arn, policy);
                    xml.list("PolicyVersionList", policy.versions.iter().rev(), |xml, it| {
                        version(xml, policy, it);
                    });
                });
            }
            for arn in shared {
                xml.inside("member", |xml| {
                    self.tell_shared(xml, arn);
                    xml.list("PolicyVersionList", [()], |xml, ()| shared_version(xml));
                });
            }
        });
        if to < at {
            xml.text("IsTruncated", "true").text("Marker", to.to_string());
        }
    }

    /// An identity with all that it holds.
    fn detail(&self, xml: &mut Xml, it: &Identity) {
        self.head(xml, it);
        let word = it.sort.word();
        xml.list(&format!("{word}PolicyList"), it.inline.iter().rev(), |xml, (name, text)| {
            xml.text("PolicyName", name).text("PolicyDocument", document(text));
        });
        xml.list("AttachedManagedPolicies", it.attached.iter().rev(), attached);
        match it.sort {
            Sort::User => {
                xml.list("GroupList", it.groups.iter().rev(), |xml, name| xml.plain(name));
            }
            Sort::Role => {
                xml.list("InstanceProfileList", self.profiles_of(it), |xml, it| {
                    self.tell_profile(xml, it);
                });
            }
            Sort::Group => {}
        }
    }

    /// An identity as it is told by itself.
    fn head(&self, xml: &mut Xml, it: &Identity) {
        let word = it.sort.word();
        xml.text("Path", &it.path).text(&format!("{word}Name"), &it.name);
        xml.text(&format!("{word}Id"), &it.id).text("Arn", self.arn_of(it));
        xml.text("CreateDate", date(it.created));
        if it.sort == Sort::Role {
            xml.text("AssumeRolePolicyDocument", document(&it.trust));
        }
        if let Some(arn) = &it.boundary {
            xml.inside("PermissionsBoundary", |xml| {
                xml.text("PermissionsBoundaryType", "PermissionsBoundaryPolicy");
                xml.text("PermissionsBoundaryArn", arn);
            });
        }
        xml.list("Tags", &it.tags, |xml, (key, value)| {
            xml.text("Key", key).text("Value", value);
        });
    }

    fn profiles_of(&self, role: &Identity) -> Vec<(&String, &Profile)> {
        let is_in = |it: &Profile| it.role.as_ref() == Some(&role.name);
        self.profiles.iter().filter(|(_, it)| is_in(it)).collect()
    }

    fn tell_profile(&self, xml: &mut Xml, (name, it): (&String, &Profile)) {
        xml.text("Path", &it.path).text("InstanceProfileName", name);
        xml.text("InstanceProfileId", &it.id);
        xml.text("Arn", self.arn("instance-profile", &it.path, name));
        xml.text("CreateDate", date(it.created));
        let role =
            it.role.iter().filter_map(|role| self.identities.get(&(Sort::Role, role.clone())));
        xml.list("Roles", role, |xml, role| self.head(xml, role));
    }

    fn tell_policy(&self, xml: &mut Xml, arn: &str, it: &Policy) {
        let (attached, bounds) = self.uses(arn);
        xml.text("PolicyName", &it.name).text("PolicyId", &it.id).text("Arn", arn);
        xml.text("Path", &it.path).text("DefaultVersionId", format!("v{}", it.default));
        xml.text("AttachmentCount", attached.to_string());
        xml.text("PermissionsBoundaryUsageCount", bounds.to_string());
        xml.text("IsAttachable", "true").text("CreateDate", date(it.created));
        xml.text("UpdateDate", date(it.updated));
    }

    /// One of AWS's own policies, with what this account does with it.
    fn tell_shared(&self, xml: &mut Xml, arn: &str) {
        let (attached, bounds) = self.uses(arn);
        let (_, path) = arn.split_once(":policy").unwrap();
        let (path, name) = path.rsplit_once('/').unwrap();
        xml.text("PolicyName", name).text("PolicyId", format!("ANPA{name}")).text("Arn", arn);
        xml.text("Path", format!("{path}/")).text("DefaultVersionId", "v1");
        xml.text("AttachmentCount", attached.to_string());
        xml.text("PermissionsBoundaryUsageCount", bounds.to_string());
        xml.text("IsAttachable", "true").text("CreateDate", date(AWS_DATE));
        xml.text("UpdateDate", date(AWS_DATE));
    }

    fn of_policies(&self, asked: &Asked, xml: &mut Xml) -> Option<()> {
        let arn = asked.field("PolicyArn");
        let is_shared = AWS_MANAGED.contains(&arn.as_str());
        let policy = self.policies.get(&arn);
        match asked.action.as_str() {
            "GetPolicy" if is_shared => {
                xml.inside("Policy", |xml| self.tell_shared(xml, &arn));
            }
            "GetPolicy" => {
                let policy = policy?;
                xml.inside("Policy", |xml| self.tell_policy(xml, &arn, policy));
            }
            "ListPolicyVersions" if is_shared => {
                xml.list("Versions", [()], |xml, ()| shared_version(xml));
            }
            "ListPolicyVersions" => {
                let policy = policy?;
                xml.list("Versions", &policy.versions, |xml, it| version(xml, policy, it));
            }
            "GetPolicyVersion" if is_shared => {
                xml.inside("PolicyVersion", shared_version);
            }
            "GetPolicyVersion" => {
                let policy = policy?;
                let number: u32 = asked.field("VersionId").trim_start_matches('v').parse().ok()?;
                let held = policy.versions.get_key_value(&number)?;
                xml.inside("PolicyVersion", |xml| version(xml, policy, held));
            }
            _ => return None,
        }
        Some(())
    }

    /// `GetUser`, `ListRolePolicies`, `GetGroupPolicy` and the like.
    fn of_identities(&self, asked: &Asked, xml: &mut Xml) -> Option<()> {
        let action = asked.action.as_str();
        if action == "ListUsers" {
            xml.list("Users", self.of(Sort::User), |xml, it| self.head(xml, it));
            return Some(());
        }
        let sort = match action {
            "ListGroupsForUser" => Sort::User,
            _ => Sort::ALL.into_iter().find(|sort| action.contains(sort.word()))?,
        };
        let it = self.asked(sort, asked)?;
        let word = sort.word();
        match action.replacen(word, "", 1).as_str() {
            "Get" => {
                xml.inside(word, |xml| self.head(xml, it));
                if sort == Sort::Group {
                    let members: Vec<&Identity> =
                        self.of(Sort::User).filter(|user| user.groups.contains(&it.name)).collect();
                    xml.list("Users", members, |xml, user| self.head(xml, user));
                }
            }
            "ListPolicies" => {
                xml.list("PolicyNames", it.inline.keys(), |xml, name| xml.plain(name));
            }
            "GetPolicy" => {
                let name = asked.field("PolicyName");
                let text = it.inline.get(&name)?;
                xml.text(&format!("{word}Name"), &it.name).text("PolicyName", name);
                xml.text("PolicyDocument", document(text));
            }
            "ListAttachedPolicies" => {
                xml.list("AttachedPolicies", &it.attached, attached);
            }
            "ListGroupsFor" => {
                let groups: Vec<&Identity> =
                    self.of(Sort::Group).filter(|group| it.groups.contains(&group.name)).collect();
                xml.list("Groups", groups, |xml, group| self.head(xml, group));
            }
            "ListInstanceProfilesFor" => {
                xml.list("InstanceProfiles", self.profiles_of(it), |xml, it| {
                    self.tell_profile(xml, it);
                });
            }
            _ => return None,
        }
        Some(())
    }

    fn of_credentials(&self, asked: &Asked, xml: &mut Xml) -> Option<()> {
        if asked.action == "GetAccessKeyLastUsed" {
            let id = asked.field("AccessKeyId");
            let holder = self.of(Sort::User).find(|it| it.keys.iter().any(|key| key.id == id))?;
            xml.text("UserName", &holder.name);
            xml.inside("AccessKeyLastUsed", |xml| {
                xml.text("ServiceName", "N/A").text("Region", "N/A");
            });
            return Some(());
        }
        let user = || self.asked(Sort::User, asked);
        match asked.action.as_str() {
            "ListMFADevices" => {
                let user = user()?;
                xml.list("MFADevices", &user.devices, |xml, serial| {
                    xml.text("UserName", &user.name).text("SerialNumber", serial);
                    xml.text("EnableDate", date(AWS_DATE));
                });
            }
            "ListAccessKeys" => {
                let user = user()?;
                xml.list("AccessKeyMetadata", user.keys.iter().rev(), |xml, key| {
                    xml.text("UserName", &user.name).text("AccessKeyId", &key.id);
                    xml.text("Status", if key.active { "Active" } else { "Inactive" });
                    xml.text("CreateDate", date(key.created));
                });
            }
            "GetLoginProfile" => {
                let user = user()?;
                let made = user.login?;
                xml.inside("LoginProfile", |xml| {
                    xml.text("UserName", &user.name).text("CreateDate", date(made));
                });
            }
            _ => return None,
        }
        Some(())
    }

    /// The credential report of this moment.
    fn report(&self) -> String {
        let mut text = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
                        password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
                        access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
                        access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
                        access_key_2_last_used_region,access_key_2_last_used_service\n"
            .to_owned();
        let root = format!("arn:aws:iam::{}:root", self.account);
        let none = "false,N/A,N/A,N/A,N/A";
        writeln!(
            text,
            "<root_account>,{root},2020-01-01T00:00:00+00:00,TRUE,no_information,N/A,N/A,true,{none},{none}"
        )
        .unwrap();
        for user in self.of(Sort::User) {
            let mut keys = [none.to_owned(), none.to_owned()];
            for (slot, key) in keys.iter_mut().zip(&user.keys) {
                *slot = format!("{},{},N/A,N/A,N/A", key.active, date(key.created));
            }
            let password = user.login.map_or_else(
                || "false,N/A,N/A,N/A".to_owned(),
                |made| format!("true,no_information,{},N/A", date(made)),
            );
            writeln!(
                text,
                "\"{}\",\"{}\",{},{password},{},{}",
                user.name,
                self.arn_of(user),
                date(user.created),
                !user.devices.is_empty(),
                keys.join(",")
            )
            .unwrap();
        }
        text
    }
}

fn attached(xml: &mut Xml, arn: &String) {
    xml.text("PolicyName", arn.rsplit('/').next().unwrap_or_default()).text("PolicyArn", arn);
}

fn version(xml: &mut Xml, policy: &Policy, (number, (made, text)): (&u32, &(i64, String))) {
    xml.text("VersionId", format!("v{number}")).text("CreateDate", date(*made));
    xml.text("IsDefaultVersion", (*number == policy.default).to_string());
    xml.text("Document", document(text));
}

fn shared_version(xml: &mut Xml) {
    xml.text("VersionId", "v1").text("CreateDate", date(AWS_DATE));
    xml.text("IsDefaultVersion", "true").text("Document", document(AWS_DOCUMENT));
}
