//! The checks, a file each.

mod admin_wildcard;
mod console_without_mfa;
mod escalation_path;
mod external_trust;
mod issuers;
mod open_oidc_subject;
mod root_key;
mod stale_key;
mod wildcard_principal;

pub(super) use admin_wildcard::AdminWildcard;
pub(super) use console_without_mfa::ConsoleWithoutMfa;
pub(super) use escalation_path::EscalationPath;
pub(super) use external_trust::ExternalTrust;
pub(super) use open_oidc_subject::OpenOidcSubject;
pub(super) use root_key::RootKey;
pub(super) use stale_key::StaleKey;
pub(super) use wildcard_principal::WildcardPrincipal;
