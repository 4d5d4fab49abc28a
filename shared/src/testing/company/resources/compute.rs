//! Machines, databases, clusters, functions and images.

use super::{FAR, FAR_ACCOUNT, Place, Tags, home, us};
use crate::model::resource::ResourceType;
use crate::testing::company::document::Document;

/// An EC2 instance.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Instance {
    pub(in super::super) place: Place,
    /// Its `Name` tag.
    pub(in super::super) name: &'static str,
    /// The name of its instance profile, which is that of its role.
    pub(in super::super) profile: Option<&'static str>,
    pub(in super::super) is_running: bool,
    pub(in super::super) tags: Tags,
}

const fn instance(
    place: Place,
    name: &'static str,
    profile: Option<&'static str>,
    tags: Tags,
) -> Instance {
    Instance { place, name, profile, is_running: true, tags }
}

impl Instance {
    const fn stopped(mut self) -> Self {
        self.is_running = false;
        self
    }
}

pub(in super::super) const INSTANCES: &[Instance] = &[
    instance(home("web-prod"), "shop-web-1", Some("shop-web"), &[("owner", "web")]),
    instance(home("web-prod"), "shop-web-2", Some("shop-web"), &[("owner", "web")]),
    instance(home("web-dev"), "shop-web", Some("shop-web"), &[]).stopped(),
    instance(home("payments-prod"), "bastion", Some("settlement-bastion"), &[]),
    instance(home("data-lake"), "emr-core-1", Some("emr-node"), &[("owner", "data")]),
    instance(home("ci-platform"), "runner-1", Some("build-runner"), &[("owner", "platform")]),
    instance(home("ci-platform"), "runner-2", Some("build-runner"), &[("owner", "platform")]),
    instance(us("ci-platform"), "runner-us", Some("build-runner"), &[]),
    instance(home("network-hub"), "nat", Some("nat-instance"), &[]),
    instance(
        Place { account: FAR_ACCOUNT, region: FAR },
        "nat",
        Some("nat-instance"),
        &[("owner", "network")],
    ),
    instance(
        home("sandbox"),
        "=HYPERLINK(\"https://example.com\") <img src=x onerror=alert(1)>",
        Some("workshop"),
        &[("\u{202e}gpj", "<i>red</i>\u{202c}"), ("owner", "@SUM(1+1)")],
    ),
    instance(home("sandbox"), "no profile", None, &[]).stopped(),
];

/// An RDS instance or cluster.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Database {
    pub(in super::super) place: Place,
    pub(in super::super) name: &'static str,
    pub(in super::super) engine: &'static str,
    pub(in super::super) is_cluster: bool,
    /// Whether IAM principals may sign in.
    pub(in super::super) iam: bool,
    pub(in super::super) is_public: bool,
    /// The key of [`KEYS`](super::keys::KEYS) that encrypts it.
    pub(in super::super) key: Option<&'static str>,
}

pub(in super::super) const DATABASES: &[Database] = &[
    Database {
        place: home("payments-prod"),
        name: "cards",
        engine: "aurora-postgresql",
        is_cluster: true,
        iam: true,
        is_public: false,
        key: Some("cards"),
    },
    Database {
        place: home("payments-prod"),
        name: "ledger",
        engine: "postgres",
        is_cluster: false,
        iam: false,
        is_public: false,
        key: Some("cards"),
    },
    Database {
        place: home("web-prod"),
        name: "shop",
        engine: "mysql",
        is_cluster: false,
        iam: true,
        is_public: false,
        key: None,
    },
    Database {
        place: us("web-prod"),
        name: "experiments",
        engine: "mysql",
        is_cluster: false,
        iam: false,
        is_public: true,
        key: None,
    },
];

/// An EKS cluster.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Cluster {
    pub(in super::super) place: Place,
    pub(in super::super) name: &'static str,
    /// Path and name of its role.
    pub(in super::super) role: &'static str,
    /// How principals are let in, in AWS's word.
    pub(in super::super) authentication: &'static str,
    pub(in super::super) entries: &'static [Entry],
    pub(in super::super) pods: &'static [Pod],
}

/// Who may enter a cluster.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Entry {
    /// Path and name of the role.
    pub(in super::super) role: &'static str,
    /// Groups of Kubernetes.
    pub(in super::super) groups: &'static [&'static str],
    /// Access policies of EKS, each with its namespaces; for the whole cluster if there are none.
    pub(in super::super) policies: &'static [(&'static str, &'static [&'static str])],
}

/// A service account of a cluster that gets a role.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Pod {
    pub(in super::super) namespace: &'static str,
    pub(in super::super) service_account: &'static str,
    /// Path and name of the role.
    pub(in super::super) role: &'static str,
}

pub(in super::super) const CLUSTERS: &[Cluster] = &[
    Cluster {
        place: home("web-prod"),
        name: "shop",
        role: "/service-role/eks-cluster",
        authentication: "API_AND_CONFIG_MAP",
        entries: &[
            Entry {
                role: "/ci-deployer",
                groups: &[],
                policies: &[("AmazonEKSClusterAdminPolicy", &[])],
            },
            Entry {
                role: "/web/shop-api",
                groups: &["shop:readers", "shop:<b>writers</b>"],
                policies: &[
                    ("AmazonEKSViewPolicy", &["shop"]),
                    ("AmazonEKSEditPolicy", &["shop", "cart"]),
                ],
            },
        ],
        pods: &[
            Pod { namespace: "shop", service_account: "api", role: "/web/shop-api" },
            Pod { namespace: "cart", service_account: "worker", role: "/web/shop-api" },
        ],
    },
    // From the time before access entries.
    Cluster {
        place: home("web-dev"),
        name: "previews",
        role: "/service-role/eks-previews",
        authentication: "CONFIG_MAP",
        entries: &[],
        pods: &[],
    },
];

/// A Lambda function.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Function {
    pub(in super::super) place: Place,
    pub(in super::super) name: &'static str,
    /// Path and name of its execution role.
    pub(in super::super) role: &'static str,
    /// Services that may invoke it.
    pub(in super::super) invoked_by: &'static [&'static str],
    /// Who may call its URL, in AWS's word; none if it has no URL.
    pub(in super::super) url: Option<&'static str>,
    pub(in super::super) tags: Tags,
}

const fn function(place: Place, name: &'static str, role: &'static str) -> Function {
    Function { place, name, role, invoked_by: &[], url: None, tags: &[] }
}

impl Function {
    const fn invoked_by(mut self, services: &'static [&'static str]) -> Self {
        self.invoked_by = services;
        self
    }

    const fn url(mut self, authentication: &'static str) -> Self {
        self.url = Some(authentication);
        self
    }

    const fn tags(mut self, tags: Tags) -> Self {
        self.tags = tags;
        self
    }
}

pub(in super::super) const FUNCTIONS: &[Function] = &[
    function(home("web-prod"), "shop-api", "/web/shop-api")
        .invoked_by(&["apigateway.amazonaws.com", "events.amazonaws.com"])
        .url("NONE")
        .tags(&[("owner", "web"), ("note", "=1+1 <script>alert('tag')</script>")]),
    function(us("web-prod"), "edge-auth", "/web/edge-auth").tags(&[("owner", "web")]),
    function(home("web-dev"), "shop-api", "/web/shop-api").url("AWS_IAM"),
    function(home("web-dev"), "preview-cleanup", "/service-role/preview-cleanup"),
    function(home("payments-prod"), "card-vault-api", "/payments/card-vault-api").url("AWS_IAM"),
    function(home("payments-prod"), "key-rotation", "/service-role/key-rotation")
        .invoked_by(&["secretsmanager.amazonaws.com"]),
    function(home("payments-dev"), "card-vault-api", "/payments/card-vault-api"),
    function(home("security-tooling"), "guardduty-responder", "/service-role/guardduty-responder")
        .invoked_by(&["events.amazonaws.com"]),
    function(home("ci-platform"), "artifact-cleaner", "/service-role/artifact-cleaner"),
];

/// An ECR repository.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Repository {
    pub(in super::super) place: Place,
    pub(in super::super) name: &'static str,
    pub(in super::super) policy: Option<Document>,
    pub(in super::super) tags: Tags,
}

const PULL_FROM_DEV: Document = Document::Text(
    r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Pull",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::ACCOUNT(web-dev):root"},
      "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }
  ]
}"#,
);

pub(in super::super) const REPOSITORIES: &[Repository] = &[
    Repository {
        place: home("web-prod"),
        name: "shop/web",
        policy: Some(PULL_FROM_DEV),
        tags: &[("owner", "web")],
    },
    Repository { place: home("web-prod"), name: "shop/api", policy: None, tags: &[] },
    Repository {
        place: home("ci-platform"),
        name: "build/base",
        policy: None,
        tags: &[("owner", "platform")],
    },
];

pub(super) fn all() -> impl Iterator<Item = (Place, ResourceType)> {
    let database = |one: &Database| {
        let instance = ResourceType::DbInstance;
        (one.place, if one.is_cluster { ResourceType::DbCluster } else { instance })
    };
    let cluster = |one: &'static Cluster| {
        let entries = one.entries.iter().map(|_| (one.place, ResourceType::EksAccessEntry));
        let pods = one.pods.iter().map(|_| (one.place, ResourceType::EksPodIdentityAssociation));
        std::iter::once((one.place, ResourceType::EksCluster)).chain(entries).chain(pods)
    };
    let instances = INSTANCES.iter().map(|one| (one.place, ResourceType::Instance));
    instances
        .chain(DATABASES.iter().map(database))
        .chain(CLUSTERS.iter().flat_map(cluster))
        .chain(FUNCTIONS.iter().map(|one| (one.place, ResourceType::Function)))
        .chain(REPOSITORIES.iter().map(|one| (one.place, ResourceType::Repository)))
}
