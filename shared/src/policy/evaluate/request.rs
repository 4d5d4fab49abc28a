//! A request: who asks to do what on which resource, with what is known about the circumstances.

use super::context::Context;
use super::exempt::{Exempt, exempt};
use super::services;
use crate::policy::principal::{Kind, Principal, is_account};

/// Why a request is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The action is not `service:Name`. Requests have no wildcards.
    #[error("`{0}` is no action of a request, `service:Name` is expected")]
    Action(String),
    /// The resource is neither an ARN nor `*`.
    #[error("`{0}` is no resource, an ARN or `*` is expected")]
    Resource(String),
    /// Nobody who can ask.
    #[error(
        "`{0}` is no principal: the ARN of a user, role, session or root user, the name of a service, or `*` is expected"
    )]
    Principal(String),
    /// The account is no account.
    #[error("`{0}` is no account, 12 digits are expected")]
    Account(String),
}

/// Whose resource it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The account of who asks.
    Same,
    /// Another account.
    Other,
}

/// Which rule a policy of the resource stands under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Whoever it allows needs nothing else in the same account, and it need not be there.
    Usual,
    /// The trust of a role: nobody may but whom it allows.
    Trust,
    /// The policy of a KMS key: likewise.
    Key,
}

/// A request, made ready for evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    principal: Principal,
    action: Box<str>,
    resource: Box<str>,
    context: Context,
    owner: Owner,
    rule: Rule,
    exempt: Exempt,
    is_controlled: bool,
}

impl Request {
    /// A request. Where `account`, that of the resource, is not given, it is the one in the resource's ARN, and else that
    /// of the principal.
    pub fn new(
        principal: Principal,
        action: &str,
        resource: &str,
        account: Option<&str>,
        context: Context,
    ) -> Result<Self, Refused> {
        if !is_action(action) {
            return Err(Refused::Action(action.to_owned()));
        }
        if !is_resource(resource) {
            return Err(Refused::Resource(resource.to_owned()));
        }
        if let Some(account) = account.filter(|account| !is_account(account)) {
            return Err(Refused::Account(account.to_owned()));
        }
        let of_arn = resource.split(':').nth(4).filter(|account| is_account(account));
        let owner = match (account.or(of_arn), principal.account()) {
            (Some(account), Some(own)) if account != own => Owner::Other,
            _ => Owner::Same,
        };
        let action = action.to_lowercase();
        let rule = rule(&action, resource);
        let exempt = exempt(&principal, owner, &action, resource);
        let is_controlled = services::is_controlled(&action)
            && !principal.is_service_linked()
            && exempt != Exempt::Free;
        let resource = match (action.as_str(), resource) {
            // The list of all buckets is asked for on all buckets: the page's policies name them so.
            // https://docs.aws.amazon.com/AmazonS3/latest/userguide/walkthrough1.html
            ("s3:listallmybuckets", "*") => all_buckets(&principal).into(),
            _ => resource.into(),
        };
        let action = action.into();
        Ok(Self { principal, action, resource, context, owner, rule, exempt, is_controlled })
    }

    /// Asks for another action of the same service, on the same resource: what is known about the circumstances stays.
    ///
    /// # Errors
    ///
    /// [`Refused::Action`].
    pub fn turn_to(&mut self, action: &str) -> Result<(), Refused> {
        if !is_action(action) {
            return Err(Refused::Action(action.to_owned()));
        }
        let action = action.to_lowercase();
        self.rule = rule(&action, &self.resource);
        self.exempt = exempt(&self.principal, self.owner, &action, &self.resource);
        self.is_controlled = services::is_controlled(&action)
            && !self.principal.is_service_linked()
            && self.exempt != Exempt::Free;
        self.action = action.into();
        Ok(())
    }

    /// Who asks.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// What is asked for, in lower case.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// On which resource.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// What is known about the circumstances.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Whose resource it is.
    pub fn owner(&self) -> Owner {
        self.owner
    }

    /// Which rule the resource's policy stands under.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// How policies bear on it.
    pub fn exempt(&self) -> Exempt {
        self.exempt
    }

    /// Whether service control policies speak about who asks: they do about the users and roles of accounts and about
    /// their root users, not about service-linked roles, services, and people without an account.
    ///
    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>
    pub fn is_guarded(&self) -> bool {
        let is_free = self.exempt == Exempt::Free;
        self.principal.account().is_some() && !self.principal.is_service_linked() && !is_free
    }

    /// Whether resource control policies speak about the request: they do about the services that support them, whoever
    /// asks but service-linked roles.
    ///
    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
    pub fn is_controlled(&self) -> bool {
        self.is_controlled
    }

    /// Whether who asks is neither of the account of the resource nor a service of AWS.
    pub fn is_foreign(&self) -> bool {
        match self.principal.kind() {
            Kind::Anonymous => true,
            Kind::Outside => !self.principal.is_service(),
            _ => self.owner == Owner::Other,
        }
    }

    /// Whether who asks is known to AWS by no account: then there is no policy of an identity.
    pub fn is_outside(&self) -> bool {
        matches!(self.principal.kind(), Kind::Anonymous | Kind::Outside)
    }
}

fn is_action(text: &str) -> bool {
    let is_word = |word: &str| {
        let are_fine = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !word.is_empty() && word.chars().all(are_fine)
    };
    text.split_once(':').is_some_and(|(service, name)| is_word(service) && is_word(name))
}

fn is_resource(text: &str) -> bool {
    text == "*" || (text.starts_with("arn:") && text.splitn(6, ':').count() == 6)
}

fn rule(action: &str, resource: &str) -> Rule {
    let mut parts = resource.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default());
    match action.split_once(':') {
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_compare-resource-policies.html
        Some(("sts", name)) if service == "iam" && resource.starts_with("role/") => {
            let is_trusted = name.starts_with("assumerole")
                || ["tagsession", "setsourceidentity", "setcontext"].contains(&name);
            if is_trusted { Rule::Trust } else { Rule::Usual }
        }
        Some(("kms", _)) if service == "kms" && is_of_key(action, resource) => Rule::Key,
        _ => Rule::Usual,
    }
}

/// Whether the policy of a key decides an action of KMS, in lower case, on what is behind the account in an ARN: that of the
/// key that an alias stands for too, but not what becomes of the alias itself.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>,
/// <https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html>
pub fn is_of_key(action: &str, resource: &str) -> bool {
    let is_about_alias =
        ["kms:createalias", "kms:deletealias", "kms:updatealias"].contains(&action);
    resource.starts_with("key/") || (resource.starts_with("alias/") && !is_about_alias)
}

fn all_buckets(principal: &Principal) -> String {
    let partition = principal.as_str().strip_prefix("arn:").and_then(|rest| rest.split(':').next());
    format!("arn:{}:s3:::*", partition.unwrap_or("aws"))
}
