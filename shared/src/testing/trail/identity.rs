//! `userIdentity`, in each of its types.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>

use super::{
    json::Object,
    principal::{Kind, Principal, session_start},
    random::Random,
    record::Call,
};

/// Writes who made the call.
pub(super) fn write(call: &Call<'_>, identity: &mut Object<'_>) {
    let principal = call.principal;
    match principal.kind {
        // Another account's trail is told no more than this.
        _ if call.home != call.account => {
            identity.text("type", "AWSAccount");
            identity.text("principalId", &format!("{}:{}", principal.unique, call.session()));
            identity.text("accountId", call.home);
        }
        Kind::User => user(call, identity),
        Kind::Role | Kind::ReservedRole => role(call, identity),
        Kind::Federated => federated(call, identity),
        Kind::Root => root(call, identity),
        Kind::Service => {
            identity.text("type", "AWSService");
            identity.text("invokedBy", &principal.name);
        }
        Kind::IdentityCenter => {
            identity.text("type", "IdentityCenterUser");
            identity.text("accountId", call.account);
            on_behalf_of(principal, call, identity);
            identity.text("credentialId", &credential(principal));
        }
        Kind::Saml => {
            identity.text("type", "SAMLUser");
            identity.text("principalId", &format!("hq3Ex4mpl3H4sh=:{}", principal.name));
            identity.text("userName", &principal.name);
            identity.text("identityProvider", "hq3Ex4mpl3H4sh=");
        }
        Kind::Web => {
            let provider = format!(
                "arn:aws:iam::{}:oidc-provider/token.actions.githubusercontent.com",
                call.account
            );
            identity.text("type", "WebIdentityUser");
            let id = format!("{provider}:sts.amazonaws.com:{}", principal.name);
            identity.text("principalId", &id);
            identity.text("userName", &principal.name);
            identity.text("identityProvider", &provider);
        }
        Kind::Other => {
            identity.text("type", "AWSAccount");
            identity.text("principalId", &format!("{}:crossing", principal.unique));
            identity.text("accountId", &principal.name);
        }
        Kind::Anonymous => {
            identity.text("type", "AWSAccount");
            identity.text("principalId", "");
            identity.text("accountId", "anonymous");
        }
    }
}

fn user(call: &Call<'_>, identity: &mut Object<'_>) {
    let principal = call.principal;
    identity.text("type", "IAMUser");
    identity.text("principalId", &principal.unique);
    identity.text("arn", &principal.arn);
    identity.text("accountId", call.home);
    identity.text("accessKeyId", &principal.access_key("", call.time));
    identity.text("userName", &principal.name);
    if principal.mfa {
        identity.object("sessionContext", |context| attributes(call, context));
    }
}

fn role(call: &Call<'_>, identity: &mut Object<'_>) {
    let principal = call.principal;
    let session = call.session();
    identity.text("type", "AssumedRole");
    identity.text("principalId", &format!("{}:{session}", principal.unique));
    let arn = format!("arn:aws:sts::{}:assumed-role/{}/{session}", call.home, principal.name);
    identity.text("arn", &arn);
    identity.text("accountId", call.home);
    identity.text("accessKeyId", &principal.access_key(session, call.time));
    identity.object("sessionContext", |context| {
        context.object("sessionIssuer", |issuer| {
            issuer.text("type", "Role");
            issuer.text("principalId", &principal.unique);
            issuer.text("arn", &principal.arn);
            issuer.text("accountId", call.home);
            issuer.text("userName", &principal.name);
        });
        context.maybe("sourceIdentity", principal.source_identity.as_deref());
        attributes(call, context);
    });
    identity.maybe("invokedBy", principal.invoked_by);
    if principal.kind == Kind::ReservedRole && !principal.mfa {
        on_behalf_of(principal, call, identity);
    }
}

fn federated(call: &Call<'_>, identity: &mut Object<'_>) {
    let principal = call.principal;
    let issuer_arn = format!("arn:aws:iam::{}:user/federator", call.home);
    identity.text("type", "FederatedUser");
    identity.text("principalId", &format!("{}:{}", call.home, principal.name));
    let arn = format!("arn:aws:sts::{}:federated-user/{}", call.home, principal.name);
    identity.text("arn", &arn);
    identity.text("accountId", call.home);
    identity.text("accessKeyId", &principal.access_key("federated", call.time));
    identity.object("sessionContext", |context| {
        context.object("sessionIssuer", |issuer| {
            issuer.text("type", "IAMUser");
            issuer.text("principalId", "AIDAFEDERATOREXAMPLE1");
            issuer.text("arn", &issuer_arn);
            issuer.text("accountId", call.home);
            issuer.text("userName", "federator");
        });
        attributes(call, context);
    });
}

fn root(call: &Call<'_>, identity: &mut Object<'_>) {
    identity.text("type", "Root");
    identity.text("principalId", call.home);
    identity.text("arn", &format!("arn:aws:iam::{}:root", call.home));
    identity.text("accountId", call.home);
    identity.text("accessKeyId", &call.principal.access_key("root", call.time));
    identity.object("sessionContext", |context| attributes(call, context));
}

fn attributes(call: &Call<'_>, context: &mut Object<'_>) {
    context.object("attributes", |attributes| {
        attributes.text("creationDate", &session_start(call.time).text());
        attributes.text("mfaAuthenticated", if call.principal.mfa { "true" } else { "false" });
    });
}

fn on_behalf_of(principal: &Principal, call: &Call<'_>, identity: &mut Object<'_>) {
    identity.object("onBehalfOf", |behalf| {
        behalf.text("userId", &user_id(principal));
        let store = format!("arn:aws:identitystore::{}:identitystore/d-9067example", call.home);
        behalf.text("identityStoreArn", &store);
    });
}

/// The id of the user in Identity Center.
fn user_id(principal: &Principal) -> String {
    if principal.kind == Kind::IdentityCenter {
        return principal.unique.clone();
    }
    let mut id = String::new();
    Random::of(principal.seed, &["user"]).uuid(&mut id);
    id
}

fn credential(principal: &Principal) -> String {
    let mut id = String::new();
    Random::of(principal.seed, &["credential"]).uuid(&mut id);
    id
}
