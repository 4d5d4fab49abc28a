//! Somebody who is no administrator can come to the rights of one (`access::escalation`).

use std::collections::HashSet;

use super::super::{Check, Need, Verdicts, World};
use crate::access::Route;
use crate::access::escalation::Hop;
use crate::model::finding::{Confidence, Detail, Evidence, FindingKind, Severity};
use crate::policy::principal::Principal;

/// The check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EscalationPath;

impl Check for EscalationPath {
    fn kind(&self) -> FindingKind {
        FindingKind::EscalationPath
    }

    fn severity(&self) -> Severity {
        Severity::High
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Identities]
    }

    fn judge(&self, world: &World<'_>, verdicts: &mut Verdicts<'_>) {
        let routes = world.routes();
        for route in routes {
            tell(world, verdicts, route);
        }
        let told: HashSet<&str> = routes.iter().map(|route| route.principal.as_str()).collect();
        for identity in &world.estate().identities {
            let own = identity.policies.iter().chain(&identity.boundary);
            let guard = world.estate().guard(identity.account());
            let above = guard.into_iter().flat_map(|guard| guard.scps.iter().flatten());
            let mut problems = own.chain(above).flat_map(|held| held.policy.problems());
            let Some(problem) = problems.next() else { continue };
            let arn = identity.arn();
            if !told.contains(arn) {
                verdicts.unknown(arn, &problem.to_string());
            }
        }
    }
}

fn tell(world: &World<'_>, verdicts: &mut Verdicts<'_>, route: &Route) {
    let Some(principal) = Principal::read(&route.principal) else { return };
    // What a service made for itself nobody can use but the service.
    if principal.is_service_linked() {
        return;
    }
    let is_assumed = route.hops.iter().any(|hop| hop.assumes.is_some());
    let evidence = route.hops.iter().flat_map(|hop| of_hop(world, hop)).collect();
    let goal = route.hops.last().map_or("", |hop| hop.to.as_str());
    let ids: Vec<&str> = route.hops.iter().map(|hop| hop.id).collect();
    let itself =
        if goal == route.principal { "by itself".to_owned() } else { format!("as {goal}") };
    let detail = Detail {
        severity: Severity::High,
        confidence: if is_assumed { Confidence::Medium } else { Confidence::High },
        summary: format!(
            "it can come to the rights of an administrator {itself}: {}",
            ids.join(", ")
        ),
        evidence,
        remedy: route.remedy.to_string(),
    };
    verdicts.present(&route.principal, principal.account().unwrap_or_default(), "", detail);
}

fn of_hop(world: &World<'_>, hop: &Hop) -> Vec<Evidence> {
    let mut found = Vec::new();
    let at = world.inventory.observed(&hop.from);
    for enabled in &hop.permissions {
        let allows = enabled.statements.iter().filter(|it| it.effect == "Allow");
        found.extend(allows.map(|decided| Evidence {
            source: decided.policy.clone(),
            statement: Some(decided.statement),
            sid: decided.sid.clone(),
            fact: format!("{}: {} may {enabled}", hop.id, hop.from),
            at,
        }));
    }
    found.extend(hop.assumes.iter().map(|assumes| Evidence {
        source: hop.id.to_owned(),
        statement: None,
        sid: None,
        fact: format!("it takes {assumes}, which was not looked for"),
        at: None,
    }));
    found
}
