//! KMS keys and secrets.

use super::{Place, Tags, home, us};
use crate::model::resource::ResourceType;
use crate::testing::company::document::Document;

/// A KMS key.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Key {
    pub(in super::super) place: Place,
    /// How the tables name it.
    pub(in super::super) name: &'static str,
    pub(in super::super) description: &'static str,
    /// Its aliases, without `alias/`.
    pub(in super::super) aliases: &'static [&'static str],
    pub(in super::super) policy: Document,
    pub(in super::super) grants: &'static [Grant],
    /// Whether its deletion is scheduled.
    pub(in super::super) is_ending: bool,
    pub(in super::super) tags: Tags,
}

/// A grant of a key.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Grant {
    pub(in super::super) name: &'static str,
    /// Path and name of the role that may use the key.
    pub(in super::super) grantee: &'static str,
    pub(in super::super) operations: &'static [&'static str],
}

/// As the console makes it: the account decides by its own policies.
const OWN_ACCOUNT: Document = Document::Text(
    r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Enable IAM User Permissions",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::ACCOUNT(log-archive):root"},
      "Action": "kms:*",
      "Resource": "*"
    }
  ]
}"#,
);

const VAULT_ALONE: Document = Document::Text(
    r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::ACCOUNT(payments-prod):role/payments/card-vault-api"},
      "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
      "Resource": "*"
    },
    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::ACCOUNT(payments-prod):root"},
      "Action": "kms:*",
      "Resource": "*"
    }
  ]
}"#,
);

/// Whoever has an AWS account.
const EVERYBODY: Document = Document::Text(
    r#"{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]
}"#,
);

pub(in super::super) const KEYS: &[Key] = &[
    Key {
        place: home("payments-prod"),
        name: "cards",
        description: "Card numbers",
        aliases: &["acme/cards", "acme/cards-2024"],
        policy: VAULT_ALONE,
        grants: &[
            Grant {
                name: "vault",
                grantee: "/payments/card-vault-api",
                operations: &["Decrypt", "Encrypt", "GenerateDataKey"],
            },
            Grant { name: "payouts", grantee: "/payments/payout-worker", operations: &["Decrypt"] },
        ],
        is_ending: false,
        tags: &[("data", "cardholder")],
    },
    Key {
        place: home("data-lake"),
        name: "lake",
        description: "The lake",
        aliases: &["acme/lake"],
        policy: EVERYBODY,
        grants: &[Grant { name: "", grantee: "/emr-node", operations: &["Decrypt"] }],
        is_ending: false,
        tags: &[],
    },
    Key {
        place: home("log-archive"),
        name: "trail",
        description: "CloudTrail",
        aliases: &["acme/trail"],
        policy: OWN_ACCOUNT,
        grants: &[],
        is_ending: false,
        tags: &[("owner", "security")],
    },
    Key {
        place: us("sandbox"),
        name: "going",
        description: "=1+1 <script>alert('key')</script> \u{1b}[31m",
        aliases: &[],
        policy: EVERYBODY,
        grants: &[],
        is_ending: true,
        tags: &[("<b>", "\u{202e}@SUM(1)")],
    },
];

/// An alias of AWS's own that has no key yet, of which there are many wherever there are keys.
pub(in super::super) const WITHOUT_KEY: &str = "alias/aws/ebs";

/// A secret.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Secret {
    pub(in super::super) place: Place,
    pub(in super::super) name: &'static str,
    pub(in super::super) description: &'static str,
    /// The function of the account that rotates it.
    pub(in super::super) rotated_by: Option<&'static str>,
    pub(in super::super) policy: Option<Document>,
    pub(in super::super) tags: Tags,
}

const fn secret(place: Place, name: &'static str) -> Secret {
    Secret { place, name, description: "", rotated_by: None, policy: None, tags: &[] }
}

const DEPLOYER_READS: Document = Document::Text(
    r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::ACCOUNT(web-prod):role/ci-deployer"},
      "Action": "secretsmanager:GetSecretValue",
      "Resource": "*"
    }
  ]
}"#,
);

/// An SCP denies the list of the secrets of `payments-prod`: those are there and are not seen.
pub(in super::super) const SECRETS: &[Secret] = &[
    Secret { rotated_by: Some("key-rotation"), ..secret(home("payments-prod"), "cards/hsm-pin") },
    secret(home("payments-dev"), "cards/hsm-pin"),
    Secret {
        description: "The shop's database",
        tags: &[("owner", "web")],
        ..secret(home("web-prod"), "shop/db")
    },
    secret(us("web-prod"), "edge/signing-key"),
    Secret { policy: Some(DEPLOYER_READS), ..secret(home("ci-platform"), "github/app-key") },
    Secret {
        description: "=HYPERLINK(\"https://example.com\") <b onmouseover=alert(1)>",
        tags: &[("=1+1", "\u{1b}[5mblink")],
        ..secret(home("sandbox"), "=1+1@example.com")
    },
];

pub(super) fn all() -> impl Iterator<Item = (Place, ResourceType)> {
    let key = |one: &'static Key| {
        let aliases = one.aliases.iter().map(|_| (one.place, ResourceType::KeyAlias));
        let grants = one.grants.iter().map(|_| (one.place, ResourceType::KeyGrant));
        let of_aws = (one.place, ResourceType::KeyAlias);
        [(one.place, ResourceType::Key), of_aws].into_iter().chain(aliases).chain(grants)
    };
    let secrets = SECRETS.iter().map(|one| (one.place, ResourceType::Secret));
    KEYS.iter().flat_map(key).chain(secrets)
}
