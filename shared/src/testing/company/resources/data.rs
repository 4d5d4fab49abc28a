//! Buckets and what leads to them, tables of DynamoDB and Glue.

use super::{LOG_ACCOUNT, LOG_BUCKET, Place, Tags, home, us};
use crate::model::resource::ResourceType;
use crate::testing::company::document::Document;

/// An S3 bucket.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "facts that have nothing to do with each other")]
pub(in super::super) struct Bucket {
    pub(in super::super) place: Place,
    pub(in super::super) name: &'static str,
    /// Whether S3 calls its location `EU`, as that of the oldest in Ireland.
    pub(in super::super) is_old: bool,
    pub(in super::super) policy: Option<Document>,
    /// Whether everybody may list it by its ACL.
    pub(in super::super) is_listed: bool,
    /// Whether public access is blocked.
    pub(in super::super) is_blocked: bool,
    /// The key of [`KEYS`](super::keys::KEYS) that encrypts it; S3's own if there is none.
    pub(in super::super) key: Option<&'static str>,
    pub(in super::super) is_versioned: bool,
    /// Where its access is logged.
    pub(in super::super) logs: Option<&'static str>,
    pub(in super::super) tags: Tags,
}

const fn bucket(place: Place, name: &'static str) -> Bucket {
    Bucket {
        place,
        name,
        is_old: false,
        policy: None,
        is_listed: false,
        is_blocked: false,
        key: None,
        is_versioned: false,
        logs: None,
        tags: &[],
    }
}

const EVERYBODY_READS: Document = Document::Text(
    r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Everybody",
      "Effect": "Allow",
      "Principal": "*",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::acme-shop-assets/*"
    }
  ]
}"#,
);

const CLOUDTRAIL_WRITES: Document = Document::Text(
    r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"Service": "cloudtrail.amazonaws.com"},
      "Action": "s3:PutObject",
      "Resource": "arn:aws:s3:::acme-logs/AWSLogs/*"
    }
  ]
}"#,
);

const ANALYSTS_READ: Document = Document::Text(
    r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::ACCOUNT(data-lake):role/service-role/notebook"},
      "Action": ["s3:GetObject", "s3:ListBucket"],
      "Resource": "*"
    }
  ]
}"#,
);

pub(in super::super) const BUCKETS: &[Bucket] = &[
    Bucket {
        policy: Some(EVERYBODY_READS),
        tags: &[("owner", "web"), ("data", "public")],
        ..bucket(home("web-prod"), "acme-shop-assets")
    },
    // Nothing was ever set, and its location is the one without a name.
    bucket(us("web-prod"), "acme-shop-edge"),
    Bucket {
        is_blocked: true,
        key: Some("lake"),
        is_versioned: true,
        logs: Some("acme-lake-logs"),
        tags: &[("owner", "data"), ("data", "personal")],
        ..bucket(home("data-lake"), "acme-lake-raw")
    },
    Bucket { is_old: true, is_blocked: true, ..bucket(home("data-lake"), "acme-lake-curated") },
    bucket(home("data-lake"), "acme-lake-logs"),
    Bucket {
        policy: Some(CLOUDTRAIL_WRITES),
        is_blocked: true,
        is_versioned: true,
        tags: &[("retention", "7 years")],
        ..bucket(home(LOG_ACCOUNT), LOG_BUCKET)
    },
    Bucket {
        is_blocked: true,
        key: Some("cards"),
        ..bucket(home("payments-prod"), "acme-card-exports")
    },
    Bucket {
        is_listed: true,
        tags: &[("=1+1", "\"><img src=x onerror=alert(1)>"), ("עברית", "\u{202e}שלום")],
        ..bucket(home("sandbox"), "acme-sandbox")
    },
];

/// An S3 access point.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct AccessPoint {
    pub(in super::super) place: Place,
    pub(in super::super) name: &'static str,
    pub(in super::super) bucket: &'static str,
    /// The VPC that it can be reached from alone.
    pub(in super::super) vpc: Option<&'static str>,
    pub(in super::super) policy: Option<Document>,
}

pub(in super::super) const ACCESS_POINTS: &[AccessPoint] = &[
    AccessPoint {
        place: home("data-lake"),
        name: "analysts",
        bucket: "acme-lake-curated",
        vpc: None,
        policy: Some(ANALYSTS_READ),
    },
    AccessPoint {
        place: home("data-lake"),
        name: "emr",
        bucket: "acme-lake-raw",
        vpc: Some("vpc-0ab12cd34ef56ab78"),
        policy: None,
    },
];

/// A multi-region access point. Its control plane is in one region for all.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct MultiRegionAccessPoint {
    pub(in super::super) account: &'static str,
    pub(in super::super) name: &'static str,
    pub(in super::super) alias: &'static str,
    pub(in super::super) bucket: &'static str,
    pub(in super::super) policy: Option<Document>,
}

pub(in super::super) const MULTI_REGION: &[MultiRegionAccessPoint] = &[
    MultiRegionAccessPoint {
        account: "data-lake",
        name: "lake",
        alias: "mfzwi23gnjvgw.mrap",
        bucket: "acme-lake-raw",
        policy: Some(ANALYSTS_READ),
    },
    MultiRegionAccessPoint {
        account: "data-lake",
        name: "draft",
        alias: "m1k2j3h4g5f6d.mrap",
        bucket: "acme-lake-curated",
        policy: None,
    },
];

/// The accounts that block public access to all their buckets.
pub(in super::super) const BLOCKED_ACCOUNTS: &[&str] =
    &["data-lake", "log-archive", "payments-prod", "security-tooling"];

/// A DynamoDB table.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Table {
    pub(in super::super) place: Place,
    pub(in super::super) name: &'static str,
    pub(in super::super) has_stream: bool,
    /// Whether it can be restored to any moment.
    pub(in super::super) is_backed_up: bool,
    pub(in super::super) policy: Option<Document>,
    /// The policy of its stream.
    pub(in super::super) stream_policy: Option<Document>,
    pub(in super::super) tags: Tags,
}

const VAULT_READS: Document = Document::Text(
    r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::ACCOUNT(data-lake):role/etl-runner"},
      "Action": ["dynamodb:DescribeTable", "dynamodb:GetItem"],
      "Resource": "*"
    }
  ]
}"#,
);

pub(in super::super) const TABLES: &[Table] = &[
    Table {
        place: home("payments-prod"),
        name: "cards",
        has_stream: true,
        is_backed_up: true,
        policy: Some(VAULT_READS),
        stream_policy: Some(VAULT_READS),
        tags: &[("data", "cardholder")],
    },
    Table {
        place: home("web-prod"),
        name: "carts",
        has_stream: true,
        is_backed_up: false,
        policy: None,
        stream_policy: None,
        tags: &[("owner", "web"), ("note", "<i>=1+1</i>")],
    },
    Table {
        place: us("web-prod"),
        name: "edge-sessions",
        has_stream: false,
        is_backed_up: false,
        policy: None,
        stream_policy: None,
        tags: &[],
    },
    Table {
        place: home("web-dev"),
        name: "carts",
        has_stream: false,
        is_backed_up: false,
        policy: None,
        stream_policy: None,
        tags: &[],
    },
];

/// A database of Glue.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct GlueDatabase {
    pub(in super::super) place: Place,
    pub(in super::super) name: &'static str,
    pub(in super::super) description: &'static str,
    pub(in super::super) tables: &'static [GlueTable],
}

/// A table of Glue.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct GlueTable {
    pub(in super::super) name: &'static str,
    pub(in super::super) location: &'static str,
    /// Name, type, comment.
    pub(in super::super) columns: &'static [(&'static str, &'static str, &'static str)],
    /// Columns that it is partitioned by.
    pub(in super::super) partitions: &'static [&'static str],
}

pub(in super::super) const GLUE: &[GlueDatabase] = &[
    GlueDatabase {
        place: home("data-lake"),
        name: "raw",
        description: "As it came in",
        tables: &[
            GlueTable {
                name: "orders",
                location: "s3://acme-lake-raw/shop/orders/",
                columns: &[
                    ("order_id", "string", ""),
                    ("card", "string", "personal"),
                    ("total", "decimal(12,2)", "=1+1 <b>euros</b>"),
                ],
                partitions: &["day"],
            },
            GlueTable {
                name: "clicks",
                location: "s3://acme-lake-raw/shop/clicks/",
                columns: &[("at", "timestamp", ""), ("url", "string", "")],
                partitions: &["day", "hour"],
            },
        ],
    },
    GlueDatabase {
        place: home("data-lake"),
        name: "curated",
        description: "\u{202e}desrever <script>alert('glue')</script>",
        tables: &[GlueTable {
            name: "revenue",
            location: "s3://acme-lake-curated/revenue/",
            columns: &[("month", "date", ""), ("total", "decimal(18,2)", "")],
            partitions: &[],
        }],
    },
    GlueDatabase { place: us("data-lake"), name: "empty", description: "", tables: &[] },
];

pub(super) fn all() -> impl Iterator<Item = (Place, ResourceType)> {
    let table = |one: &'static Table| {
        let stream = one.has_stream.then_some((one.place, ResourceType::TableStream));
        std::iter::once((one.place, ResourceType::Table)).chain(stream)
    };
    let glue = |one: &'static GlueDatabase| {
        let tables = one.tables.iter().map(|_| (one.place, ResourceType::GlueTable));
        std::iter::once((one.place, ResourceType::GlueDatabase)).chain(tables)
    };
    let buckets = BUCKETS.iter().map(|one| (one.place, ResourceType::Bucket));
    buckets
        .chain(ACCESS_POINTS.iter().map(|one| (one.place, ResourceType::AccessPoint)))
        .chain(
            MULTI_REGION
                .iter()
                .map(|one| (home(one.account), ResourceType::MultiRegionAccessPoint)),
        )
        .chain(TABLES.iter().flat_map(table))
        .chain(GLUE.iter().flat_map(glue))
}
