//! Request and layers → decision. [`decide`] says what, [`explain`] says why; both are the same walk.
//!
//! An explicit deny in any layer denies. Otherwise the guards (service control policies at every level, the endpoint)
//! must each allow, and somebody must grant: in one account the resource's policy or the identity's, across accounts both;
//! boundary and session limit what the identity's policies grant, and what the resource's policy grants to a role, but not
//! what it grants to the user or session itself.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>

pub mod context;
pub mod exempt;
pub mod explain;
pub mod facts;
pub mod layers;
pub mod request;
pub mod services;
pub mod weigh;

use std::borrow::Borrow;
use std::fmt;
use std::ops::{BitAnd, BitOr};

pub use context::{Context, Mode};
pub use explain::{Outcome, explain};
pub use layers::{Layer, Layers, PublicAccess};
pub use request::{Refused, Request};

use exempt::Exempt;
use request::{Owner, Rule};
use weigh::{Notes, Nothing, Place, Weight};

use super::Policy;
use super::principal::{Bounded, Kind};
use super::truth::Truth;

/// What a request comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// It is allowed.
    Allowed,
    /// A statement denies it.
    ExplicitlyDenied,
    /// Nothing allows it, or a guard does not.
    ImplicitlyDenied,
    /// It hangs on keys of the context whose values are not known.
    Conditional,
    /// It hangs on a policy that cannot be read.
    Unknown,
}

impl Decision {
    /// The decision as results name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ExplicitlyDenied => "explicitly_denied",
            Self::ImplicitlyDenied => "implicitly_denied",
            Self::Conditional => "conditional",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Decides a request. Nothing is allocated, but for a text with more than a dozen parts around variables.
pub fn decide<P: Borrow<Policy>>(request: &Request, layers: &Layers<'_, P>) -> Decision {
    Weights::of(request, layers, &mut Nothing).decision(request)
}

/// What the policies of identity and resource say: about one principal as a truth, about many as a set.
#[derive(Clone, Copy, Debug)]
pub struct Said<T> {
    /// The resource's policy names the principal itself, or everyone.
    pub itself: T,
    /// It names the principal's role, or the principal itself.
    pub role: T,
    /// It names the principal in any way, its account included.
    pub resource: T,
    /// The policies of the identity allow; its root user's account does.
    pub identity: T,
    /// Boundary and session both allow, where there are any.
    pub limit: T,
}

/// What identity and resource grant together.
pub fn grant<T: BitAnd<Output = T> + BitOr<Output = T>>(
    owner: Owner,
    rule: Rule,
    said: Said<T>,
) -> T {
    match (owner, rule) {
        // Both accounts must allow it; what names the session directly bypasses nothing here.
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
        (Owner::Other, _) => said.resource & said.identity & said.limit,
        (Owner::Same, Rule::Usual) => said.itself | ((said.role | said.identity) & said.limit),
        // Nobody may but whom the key's or role's policy allows; if it names the account, the account decides.
        (Owner::Same, Rule::Trust | Rule::Key) => {
            said.itself | ((said.role | (said.resource & said.identity)) & said.limit)
        }
    }
}

/// What the layers say.
#[derive(Clone, Copy, Debug)]
struct Weights {
    deny: Truth,
    /// The least that a level of the service control policies allows.
    scp: Truth,
    endpoint: Truth,
    resource: Weight,
    identity: Truth,
    boundary: Truth,
    session: Truth,
    is_unclear: bool,
}

impl Weights {
    const NONE: Self = Self {
        deny: Truth::No,
        scp: Truth::Yes,
        endpoint: Truth::Yes,
        resource: Weight {
            deny: Truth::No,
            allow: Truth::No,
            itself: Truth::No,
            role: Truth::No,
            is_unclear: false,
        },
        identity: Truth::No,
        boundary: Truth::Yes,
        session: Truth::Yes,
        is_unclear: false,
    };

    /// Weighs all layers, or as many as it takes to a certain `Deny`.
    fn of<'p, P: Borrow<Policy>>(
        request: &Request,
        layers: &Layers<'p, P>,
        notes: &mut impl Notes<'p>,
    ) -> Self {
        let mut weights = Self::NONE;
        let bounded = if layers.boundary.is_some() { Bounded::Yes } else { Bounded::No };
        let mut weigh = |weights: &mut Self, policies: &'p [P], layer, level| {
            let mut weight = Weight::default();
            for (policy, held) in policies.iter().enumerate() {
                let place = Place { layer, level, policy };
                weight.add(held.borrow(), place, request, bounded, notes);
            }
            weights.deny = weights.deny | weight.deny;
            weights.is_unclear |= weight.is_unclear;
            (weight, weights.deny.is_yes() && notes.is_brief())
        };
        macro_rules! weigh {
            ($policies:expr, $layer:expr, $level:expr) => {{
                let (weight, is_over) = weigh(&mut weights, $policies, $layer, $level);
                if is_over {
                    return weights;
                }
                weight
            }};
        }
        if request.is_guarded() {
            for (level, policies) in layers.scps.iter().enumerate() {
                weights.scp = weights.scp & weigh!(policies, Layer::ServiceControl, level).allow;
            }
        }
        if request.is_controlled() {
            for (level, policies) in layers.rcps.iter().enumerate() {
                // RCPFullAWSAccess is attached everywhere and cannot be detached: only what denies counts.
                weigh!(policies, Layer::ResourceControl, level);
            }
        }
        if !layers.endpoint.is_empty() {
            weights.endpoint = weigh!(layers.endpoint, Layer::Endpoint, 0).allow;
        }
        if request.exempt() == Exempt::Free {
            return weights;
        }
        if let Some(policy) = layers.resource.filter(|_| request.exempt() != Exempt::Repair) {
            weights.resource = weigh!(std::slice::from_ref(policy), Layer::Resource, 0);
            let is_shut = layers.public_access == PublicAccess::Restricted;
            if is_shut && policy.borrow().is_public() && request.is_foreign() {
                weights.resource = Weight { deny: weights.resource.deny, ..Weight::default() };
            }
        }
        if request.is_outside() {
            return weights;
        }
        weights.identity = weigh!(layers.identity, Layer::Identity, 0).allow;
        if let Some(policy) = layers.boundary {
            weights.boundary = weigh!(std::slice::from_ref(policy), Layer::Boundary, 0).allow;
        }
        if let Some(policy) = layers.session {
            weights.session = weigh!(std::slice::from_ref(policy), Layer::Session, 0).allow;
        }
        match request.principal().kind() {
            // The root user has full access to its account, with no policy saying so.
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
            Kind::Root => weights.identity = Truth::Yes,
            // Without a session policy the session of a federated user has no permissions of its own.
            // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
            Kind::FederatedUser if layers.session.is_none() => weights.session = Truth::No,
            _ => {}
        }
        weights
    }

    /// Whether identity and resource together grant the request.
    fn grant(&self, request: &Request) -> Truth {
        match request.exempt() {
            Exempt::Free => return Truth::Yes,
            Exempt::Kept => return Truth::No,
            Exempt::No | Exempt::Repair => {}
        }
        let resource = &self.resource;
        if request.is_outside() {
            return resource.allow;
        }
        // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
        if request.rule() == Rule::Trust && request.principal().kind() == Kind::Root {
            return Truth::No;
        }
        let said = Said {
            itself: resource.itself,
            role: resource.role,
            resource: resource.allow,
            identity: self.identity,
            limit: self.boundary & self.session,
        };
        grant(request.owner(), request.rule(), said)
    }

    fn decision(&self, request: &Request) -> Decision {
        let allow = self.scp & self.endpoint & self.grant(request);
        match (self.deny, allow) {
            (Truth::Yes, _) => Decision::ExplicitlyDenied,
            (_, Truth::No) => Decision::ImplicitlyDenied,
            (Truth::No, Truth::Yes) => Decision::Allowed,
            _ if self.is_unclear => Decision::Unknown,
            _ => Decision::Conditional,
        }
    }
}

#[cfg(test)]
mod tests;
