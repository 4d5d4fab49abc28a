//! Issuers of OpenID Connect tokens that serve everybody, and what in a token says whose it is.
//!
//! Which claims a trust may ask for beside subject and audience, AWS says for each issuer:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif>.
//! A claim that is not listed here says nothing: a branch, an environment or a workflow has the name that anybody gives it.

/// An issuer that gives a token to everybody.
pub(super) struct Shared {
    name: &'static str,
    /// The subject of a stranger.
    pub(super) stranger: &'static str,
    /// What begins the subjects of one tenant, and the mark behind its name.
    pub(super) tenants: &'static [(&'static str, char)],
    /// Whether a tenant says what its subjects are made of.
    pub(super) is_free: bool,
    /// The claims that say whose a token is.
    pub(super) telling: &'static [Claim],
    /// The claims that whoever asks for a token chooses.
    pub(super) chosen: &'static [&'static str],
}

/// A claim that says whose a token is.
pub(super) struct Claim {
    /// Its name.
    pub(super) name: &'static str,
    /// The mark behind the name of the tenant, where more follows: whose that name is fixed is the tenant's.
    pub(super) mark: Option<char>,
    /// What a stranger's token says.
    pub(super) stranger: &'static str,
}

const fn whole(name: &'static str) -> Claim {
    Claim { name, mark: None, stranger: "accesstrail-stranger" }
}

const fn with_mark(name: &'static str, mark: char, stranger: &'static str) -> Claim {
    Claim { name, mark: Some(mark), stranger }
}

/// An issuer of whose tokens AWS looks at subject and audience alone, and anybody chooses the audience.
const fn plain(
    name: &'static str,
    stranger: &'static str,
    tenants: &'static [(&'static str, char)],
) -> Shared {
    Shared { name, stranger, tenants, is_free: false, telling: &[], chosen: &["aud"] }
}

/// An issuer that AWS knows without an ARN.
const fn built_in(name: &'static str, stranger: &'static str, telling: &'static [Claim]) -> Shared {
    Shared { name, stranger, tenants: &[], is_free: false, telling, chosen: &[] }
}

const SHARED: &[Shared] = &[
    Shared {
        name: "token.actions.githubusercontent.com",
        stranger: "repo:accesstrail-stranger/any:ref:refs/heads/main",
        tenants: &[
            ("repo:", '/'),
            ("repository:", '/'),
            ("repository_owner:", ':'),
            ("repository_owner_id:", ':'),
            ("repository_id:", ':'),
            ("job_workflow_ref:", '/'),
            ("workflow_ref:", '/'),
            ("actor:", ':'),
            ("actor_id:", ':'),
            ("enterprise:", ':'),
            ("enterprise_id:", ':'),
        ],
        is_free: true,
        telling: &[
            whole("actor"),
            whole("actor_id"),
            whole("enterprise_id"),
            with_mark(
                "job_workflow_ref",
                '/',
                "accesstrail-stranger/any/.github/workflows/any.yml@refs/heads/main",
            ),
            with_mark("repository", '/', "accesstrail-stranger/any"),
            whole("repository_id"),
            whole("repository_owner"),
            whole("repository_owner_id"),
        ],
        chosen: &["aud", "environment", "ref", "workflow"],
    },
    plain(
        "gitlab.com",
        "project_path:accesstrail-stranger/any:ref_type:branch:ref:main",
        &[("project_path:", '/'), ("group_path:", ':')],
    ),
    plain(
        "app.terraform.io",
        "organization:accesstrail-stranger:project:any:workspace:any:run_phase:apply",
        &[("organization:", ':')],
    ),
    plain(
        "agent.buildkite.com",
        "organization:accesstrail-stranger:pipeline:any:ref:main:commit:0:step:any",
        &[("organization:", ':')],
    ),
    plain(
        "api.pulumi.com/oidc",
        "pulumi:deploy:org:accesstrail-stranger:project:any",
        &[("pulumi:deploy:org:", ':')],
    ),
    plain(
        "oidc.vercel.com",
        "owner:accesstrail-stranger:project:any:environment:production",
        &[("owner:", ':')],
    ),
    built_in(
        "accounts.google.com",
        "100000000000000000000",
        &[
            whole("aud"),
            whole("oaud"),
            whole("email"),
            whole("hd"),
            whole("google/organization_number"),
        ],
    ),
    built_in(
        "cognito-identity.amazonaws.com",
        "us-east-1:00000000-0000-0000-0000-000000000000",
        &[whole("aud")],
    ),
    built_in("graph.facebook.com", "10000000000000000", &[whole("app_id"), whole("id")]),
    built_in(
        "www.amazon.com",
        "amzn1.account.ACCESSTRAILSTRANGER",
        &[whole("app_id"), whole("user_id")],
    ),
];

/// The issuer of a name, where it serves everybody.
pub(super) fn shared_issuer(issuer: &str) -> Option<&'static Shared> {
    SHARED.iter().find(|it| it.name == issuer)
}
