//! The answers of Organizations: dates, the management account's name, services that the emulator cannot
//! delegate.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Correction, Facts, How};
use crate::testing::{
    company::{
        derived,
        organization::{DELEGATIONS, MANAGEMENT_EMAIL, MANAGEMENT_NAME},
    },
    proxy::Fault,
};

pub(super) fn all(facts: &Arc<Facts>) -> Vec<Correction> {
    let rows = [
        ("organizations:DescribeOrganization", "the management account's e-mail address"),
        (
            "organizations:ListAccounts",
            "dates in the past, the management account's name and e-mail address",
        ),
        (
            "organizations:ListAccountsForParent",
            "dates in the past, the management account's name and e-mail address",
        ),
        ("organizations:ListTargetsForPolicy", "the management account's name"),
        ("organizations:ListDelegatedAdministrators", "dates in the past"),
        ("organizations:ListAWSServiceAccessForOrganization", "dates in the past"),
    ];
    let mut all: Vec<_> = rows
        .into_iter()
        .map(|(action, shows)| {
            let facts = Arc::clone(facts);
            Correction::json(action, shows, move |_, answer| mend(&facts, answer))
        })
        .collect();
    all.push(delegated_services(facts));
    all.push(delegates_of_identity_center(facts));
    all
}

/// Mends every object of an answer.
pub(super) fn mend(facts: &Facts, value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| mend(facts, item)),
        Value::Object(fields) => {
            let identity =
                ["Id", "TargetId", "ServicePrincipal", "PermissionSetArn", "InstanceArn"]
                    .iter()
                    .find_map(|name| fields.get(*name)?.as_str().map(str::to_owned))
                    .unwrap_or_default();
            let is_management = identity == facts.company.management;
            for (name, field) in fields.iter_mut() {
                match name.as_str() {
                    "JoinedTimestamp" | "DateEnabled" | "CreatedDate" | "DelegationEnabledDate" => {
                        let age = 60 + derived::age(&identity);
                        let age = if name == "DelegationEnabledDate" { age / 2 } else { age };
                        *field = facts.calendar.made(age, &identity).seconds().into();
                    }
                    "Name" if is_management => *field = MANAGEMENT_NAME.into(),
                    "Email" if is_management => *field = MANAGEMENT_EMAIL.into(),
                    "MasterAccountEmail" => *field = MANAGEMENT_EMAIL.into(),
                    _ => mend(facts, field),
                }
            }
        }
        _ => {}
    }
}

fn delegated_services(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    let shows = "services that the emulator cannot delegate: Identity Center, Security Hub";
    Correction::json("organizations:ListDelegatedServicesForAccount", shows, move |view, answer| {
        let asked = view.json();
        let asked = asked.as_ref().and_then(|asked| asked.get("AccountId")?.as_str());
        if let Some(services) = answer.get_mut("DelegatedServices").and_then(Value::as_array_mut) {
            let missing = DELEGATIONS.iter().filter(|one| !one.emulated);
            let missing = missing.filter(|one| facts.company.account(one.account) == asked);
            services.extend(
                missing.map(
                    |one| json!({ "ServicePrincipal": one.service, "DelegationEnabledDate": 0 }),
                ),
            );
        }
        mend(&facts, answer);
    })
}

/// moto refuses to list the administrators of a service that it cannot delegate.
fn delegates_of_identity_center(facts: &Facts) -> Correction {
    const SERVICE: &str = "sso.amazonaws.com";
    let accounts = DELEGATIONS.iter().filter(|one| one.service == SERVICE).filter_map(|one| {
        let id = facts.company.account(one.account)?;
        let organization = (&facts.company.management, &facts.company.organization);
        let (management, organization) = organization;
        Some(json!({
            "Id": id,
            "Arn": format!("arn:aws:organizations::{management}:account/{organization}/{id}"),
            "Email": format!("aws+{}@example.com", one.account),
            "Name": one.account,
            "Status": "ACTIVE",
            "State": "ACTIVE",
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": 0,
            "DelegationEnabledDate": 0,
        }))
    });
    let mut answer = json!({ "DelegatedAdministrators": accounts.collect::<Vec<_>>() });
    mend(facts, &mut answer);
    Correction::new(
        "organizations:ListDelegatedAdministrators",
        How::Replayed,
        "the administrators of Identity Center alone",
    )
    .rule(
        |when| when.with_body(SERVICE),
        Fault::Answer {
            status: 200,
            body: answer.to_string().into(),
            content_type: "application/x-amz-json-1.1".to_owned(),
        },
    )
}
