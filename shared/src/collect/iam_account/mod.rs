//! What an account's IAM has besides principals and credentials: its summary and aliases, identity
//! providers, instance profiles and server certificates.
//!
//! Six calls that know nothing of each other: one refused leaves the other five alone.

use async_trait::async_trait;
use aws_sdk_iam::Client;
use aws_sdk_iam::types;
use aws_smithy_types::DateTime;

use super::context::Next;
use super::stages::capability;
use super::{Call, CapabilityInfo, Collect, Context, Interrupted, Place, Sink, Tier, When};
use crate::aws::time;
use crate::model::principal::{
    AccountAliases, AccountSummary, InstanceProfile, OidcProvider, SamlProvider, ServerCertificate,
};
use crate::model::{Arn, Entity, Kind, SetAside, Timestamp};

/// The most that IAM lists at once.
const MAX_ITEMS: i32 = 1000;

const fn call(
    action: &'static str,
    capability: &'static str,
    why: &'static str,
    lost: &'static str,
) -> Call {
    Call { action, capability, tier: Tier::One, when: When::Always, why, lost }
}

const SUMMARY: Call = call(
    "iam:GetAccountSummary",
    "account-summary",
    "reads IAM's own counts and quotas, and whether the root user has MFA and access keys",
    "the counts to hold the inventory against, and a second source for the root user",
);
const ALIASES: Call = call(
    "iam:ListAccountAliases",
    "account-aliases",
    "reads the account's sign-in alias",
    "the alias of the account",
);
const SAML: Call = call(
    "iam:ListSAMLProviders",
    "saml-providers",
    "lists the SAML identity providers that roles may trust",
    "SAML providers, so that trust in one leads nowhere",
);
const OIDC: Call = call(
    "iam:ListOpenIDConnectProviders",
    "oidc-providers",
    "lists the OpenID Connect identity providers that roles may trust",
    "OpenID Connect providers, so that trust in one leads nowhere",
);
const PROFILES: Call = call(
    "iam:ListInstanceProfiles",
    "instance-profiles",
    "lists the instance profiles through which EC2 instances get roles",
    "instance profiles that carry no role, and the ARNs of all",
);
const CERTIFICATES: Call = call(
    "iam:ListServerCertificates",
    "server-certificates",
    "lists the metadata of the server certificates that are kept in IAM",
    "server certificates and when they expire",
);

/// Collects an account's summary, aliases, providers, instance profiles and server certificates.
#[derive(Clone, Copy, Debug)]
pub struct IamAccount;

#[async_trait]
impl Collect for IamAccount {
    fn name(&self) -> &'static str {
        "iam-account"
    }

    fn place(&self) -> Place {
        Place::EachAccount
    }

    fn calls(&self) -> &'static [Call] {
        &[SUMMARY, ALIASES, SAML, OIDC, PROFILES, CERTIFICATES]
    }

    fn capabilities(&self) -> &'static [CapabilityInfo] {
        const CAPABILITIES: &[CapabilityInfo] = &[
            capability(SUMMARY.capability, &[Kind::AccountSummary], None),
            capability(ALIASES.capability, &[Kind::AccountAliases], None),
            capability(SAML.capability, &[Kind::SamlProvider], None),
            capability(OIDC.capability, &[Kind::OidcProvider], None),
            capability(PROFILES.capability, &[Kind::InstanceProfile], None),
            capability(CERTIFICATES.capability, &[Kind::ServerCertificate], None),
        ];
        CAPABILITIES
    }

    /// There is no cursor: the whole is six calls, and an interruption repeats them.
    async fn collect(
        &self,
        context: &Context,
        _cursor: Option<&str>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Interrupted> {
        let client = context.session.iam(&context.region);
        if context.looks_at(SUMMARY.capability) {
            summary(context, &client, sink).await?;
            sink.breathe().await?;
        }
        if context.looks_at(ALIASES.capability) {
            aliases(context, &client, sink).await?;
            sink.breathe().await?;
        }
        if context.looks_at(SAML.capability) {
            saml_providers(context, &client, sink).await?;
            sink.breathe().await?;
        }
        if context.looks_at(OIDC.capability) {
            oidc_providers(context, &client, sink).await?;
            sink.breathe().await?;
        }
        if context.looks_at(PROFILES.capability) {
            instance_profiles(context, &client, sink).await?;
            sink.breathe().await?;
        }
        if context.looks_at(CERTIFICATES.capability) {
            server_certificates(context, &client, sink).await?;
        }
        Ok(())
    }
}

async fn summary(
    context: &Context,
    client: &Client,
    sink: &mut Sink<'_>,
) -> Result<(), Interrupted> {
    match context.call(&SUMMARY, || client.get_account_summary().send()).await {
        Ok(answer) => {
            let entries: std::collections::BTreeMap<String, i64> = answer
                .summary_map
                .unwrap_or_default()
                .into_iter()
                .map(|(name, value)| (name.as_str().to_owned(), i64::from(value)))
                .collect();
            let flag = |name: &str| entries.get(name).map(|value| *value > 0);
            let summary = AccountSummary {
                account: context.account().clone(),
                root_mfa: flag("AccountMFAEnabled"),
                root_access_keys: flag("AccountAccessKeysPresent"),
                entries,
            };
            sink.see(SUMMARY.capability, Entity::AccountSummary(summary));
            sink.complete(SUMMARY.capability);
        }
        Err(error) => sink.failed(SUMMARY.capability, error)?,
    }
    Ok(())
}

async fn aliases(
    context: &Context,
    client: &Client,
    sink: &mut Sink<'_>,
) -> Result<(), Interrupted> {
    let (mut aliases, error) = context
        .list(
            &ALIASES,
            |marker| client.list_account_aliases().set_marker(marker).send(),
            |page| (page.account_aliases, Next::truncated(page.is_truncated, page.marker)),
        )
        .await;
    if let Some(error) = error {
        // Half of a list is not the list: what was stored before stays.
        sink.failed(ALIASES.capability, error)?;
    } else {
        aliases.sort();
        let account = context.account().clone();
        sink.see(ALIASES.capability, Entity::AccountAliases(AccountAliases { account, aliases }));
        sink.complete(ALIASES.capability);
    }
    Ok(())
}

async fn saml_providers(
    context: &Context,
    client: &Client,
    sink: &mut Sink<'_>,
) -> Result<(), Interrupted> {
    match context.call(&SAML, || client.list_saml_providers().send()).await {
        Ok(answer) => {
            for entry in answer.saml_provider_list.unwrap_or_default() {
                let provider = arn(entry.arn(), "a SAML provider").map(|arn| SamlProvider {
                    arn,
                    created: time::optional(entry.create_date()),
                    valid_until: time::optional(entry.valid_until()),
                });
                tell(sink, &SAML, provider.map(Entity::SamlProvider));
            }
            sink.complete(SAML.capability);
        }
        Err(error) => sink.failed(SAML.capability, error)?,
    }
    Ok(())
}

async fn oidc_providers(
    context: &Context,
    client: &Client,
    sink: &mut Sink<'_>,
) -> Result<(), Interrupted> {
    match context.call(&OIDC, || client.list_open_id_connect_providers().send()).await {
        Ok(answer) => {
            for entry in answer.open_id_connect_provider_list.unwrap_or_default() {
                let read = arn(entry.arn(), "an OpenID Connect provider");
                tell(sink, &OIDC, read.map(|arn| Entity::OidcProvider(OidcProvider { arn })));
            }
            sink.complete(OIDC.capability);
        }
        Err(error) => sink.failed(OIDC.capability, error)?,
    }
    Ok(())
}

async fn instance_profiles(
    context: &Context,
    client: &Client,
    sink: &mut Sink<'_>,
) -> Result<(), Interrupted> {
    let (profiles, error) = context
        .list(
            &PROFILES,
            |marker| client.list_instance_profiles().max_items(MAX_ITEMS).set_marker(marker).send(),
            |page| (page.instance_profiles, Next::truncated(page.is_truncated, page.marker)),
        )
        .await;
    for profile in profiles {
        tell(sink, &PROFILES, instance_profile(profile).map(Entity::InstanceProfile));
    }
    match error {
        Some(error) => sink.failed(PROFILES.capability, error)?,
        None => sink.complete(PROFILES.capability),
    }
    Ok(())
}

fn instance_profile(given: types::InstanceProfile) -> Result<InstanceProfile, SetAside> {
    let arn = arn(Some(&given.arn), "an instance profile")?;
    let mut roles = Vec::new();
    for role in &given.roles {
        roles.push(role.arn.parse::<Arn>().map_err(|error| SetAside {
            what: arn.to_string(),
            reason: format!("its role: {error}"),
        })?);
    }
    roles.sort();
    Ok(InstanceProfile {
        unique_id: unique_id(given.instance_profile_id, &arn)?,
        name: given.instance_profile_name,
        path: given.path,
        created: date(&given.create_date),
        roles,
        arn,
    })
}

async fn server_certificates(
    context: &Context,
    client: &Client,
    sink: &mut Sink<'_>,
) -> Result<(), Interrupted> {
    let (certificates, error) = context
        .list(
            &CERTIFICATES,
            |marker| {
                client.list_server_certificates().max_items(MAX_ITEMS).set_marker(marker).send()
            },
            |page| {
                let next = Next::truncated(page.is_truncated, page.marker);
                (page.server_certificate_metadata_list, next)
            },
        )
        .await;
    for certificate in certificates {
        let read = server_certificate(certificate);
        tell(sink, &CERTIFICATES, read.map(Entity::ServerCertificate));
    }
    match error {
        Some(error) => sink.failed(CERTIFICATES.capability, error)?,
        None => sink.complete(CERTIFICATES.capability),
    }
    Ok(())
}

fn server_certificate(
    given: types::ServerCertificateMetadata,
) -> Result<ServerCertificate, SetAside> {
    let arn = arn(Some(&given.arn), "a server certificate")?;
    Ok(ServerCertificate {
        unique_id: unique_id(given.server_certificate_id, &arn)?,
        name: given.server_certificate_name,
        path: given.path,
        uploaded: time::optional(given.upload_date.as_ref()),
        expires: time::optional(given.expiration.as_ref()),
        arn,
    })
}

fn arn(given: Option<&str>, what: &str) -> Result<Arn, SetAside> {
    let aside = |reason| SetAside { what: given.unwrap_or(what).to_owned(), reason };
    match given {
        None | Some("") => Err(SetAside { what: what.to_owned(), reason: "no ARN".to_owned() }),
        Some(text) => text.parse().map_err(|error| aside(format!("{error}"))),
    }
}

fn unique_id(given: String, arn: &Arn) -> Result<String, SetAside> {
    if given.is_empty() {
        return Err(SetAside { what: arn.to_string(), reason: "no unique id".to_owned() });
    }
    Ok(given)
}

/// The SDK puts the beginning of time where a required date is missing.
fn date(given: &DateTime) -> Option<Timestamp> {
    if given.secs() == 0 { None } else { time::timestamp(given) }
}

fn tell(sink: &mut Sink<'_>, call: &Call, read: Result<Entity, SetAside>) {
    match read {
        Ok(entity) => sink.see(call.capability, entity),
        Err(SetAside { what, reason }) => sink.set_aside(call.capability, what, reason),
    }
}

#[cfg(test)]
mod tests;
