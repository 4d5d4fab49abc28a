//! Who calls: the principals of an account, each with an identity, habits and days on which it is active.

use super::{
    clock::Moment,
    operation::{self, Operation},
    random::Random,
    template::access_key,
};

/// A user or role that the caller of the generator names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// `arn:aws:iam::ACCOUNT:user/…` or `…:role/…`; anything else is left out.
    pub arn: String,
    /// The first day on which it does anything, counted from 0.
    pub from: u64,
    /// The day from which on it does nothing more; not above `from` for one that never does.
    pub until: u64,
    /// The services that it calls (`s3`, `dynamodb`); all when empty.
    pub services: Vec<String>,
}

/// What a `userIdentity` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Role,
    /// A role of Identity Center, with `onBehalfOf` in some records.
    ReservedRole,
    Federated,
    Root,
    Service,
    IdentityCenter,
    Saml,
    Web,
    Other,
    Anonymous,
}

/// A principal.
#[derive(Debug)]
pub(super) struct Principal {
    pub(super) kind: Kind,
    /// The ARN, where it has one; of a role that of IAM, with its path.
    pub(super) arn: String,
    /// The last part of the ARN, the service's name, the provider's user, the other account.
    pub(super) name: String,
    /// `AIDA…`, `AROA…`, or the id of the user in Identity Center.
    pub(super) unique: String,
    /// Names of its sessions.
    pub(super) sessions: Vec<String>,
    /// Set by whoever assumes the role.
    pub(super) source_identity: Option<String>,
    /// The service that calls in its name, where one does.
    pub(super) invoked_by: Option<&'static str>,
    pub(super) agent: &'static str,
    pub(super) address: String,
    pub(super) mfa: bool,
    /// Seed of what stays the same: its access key, its refused calls.
    pub(super) seed: u64,
    from: u64,
    until: u64,
    regional: Vec<&'static Operation>,
    global: Vec<&'static Operation>,
}

const AGENTS: &[&str] = &[
    "aws-sdk-java/2.31.9 md/io#async md/http#NettyNio ua/2.1 api/S3#2.31.x os/Linux#6.1.131 lang/java#21.0.6 md/OpenJDK_64-Bit_Server_VM#21.0.6+7-LTS md/vendor#Amazon.com_Inc. md/en_US exec-env/AWS_ECS_FARGATE cfg/auth-source#cont m/E,D,N,e",
    "Boto3/1.37.23 md/Botocore#1.37.23 ua/2.1 os/linux#5.10.234-225.921.amzn2.x86_64 md/arch#x86_64 lang/python#3.12.9 md/pyimpl#CPython exec-env/AWS_Lambda_python3.12 m/Z,b,D,e cfg/retry-mode#legacy Botocore/1.37.23",
    "aws-cli/2.25.6 md/awscrt#0.23.8 ua/2.1 os/macos#24.3.0 md/arch#arm64 lang/python#3.12.9 md/pyimpl#CPython m/G,E,b,C cfg/retry-mode#standard md/installer#exe sid/8a1f0c2d7e54 md/prompt#off md/command#s3.ls",
    "APN/1.0 HashiCorp/1.0 Terraform/1.11.2 (+https://www.terraform.io) terraform-provider-aws/5.92.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.23.7 md/GOOS#linux md/GOARCH#amd64 api/iam#1.40.1 m/E,g",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15",
    "aws-sdk-js/3.772.0 ua/2.1 os/linux#5.10.234-225.921.amzn2.aarch64 lang/js md/nodejs#22.14.0 api/dynamodb#3.772.0 exec-env/AWS_Lambda_nodejs22.x m/E,Z,e",
    "aws-sdk-rust/1.3.6 ua/2.1 api/s3/1.79.0 os/linux lang/rust/1.85.0 exec-env/AWS_Lambda_rust m/E,Z,b",
    "aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24.1 md/GOOS#linux md/GOARCH#arm64 api/ec2#1.210.1 m/C,E,g amazon-ssm-agent/3.3.1957.0",
    "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.780 Linux/5.10.233-204.894.amzn2int.x86_64 OpenJDK_64-Bit_Server_VM/25.442-b06 java/1.8.0_442 vendor/Oracle_Corporation cfg/retry-mode/standard]",
    "karpenter.sh-1.3.3 aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24.1 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.210.1 m/E",
];

/// The agent of a person in a browser.
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:137.0) Gecko/20100101 Firefox/137.0";

const SERVICES: &[&str] = &[
    "lambda.amazonaws.com",
    "ec2.amazonaws.com",
    "s3.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "config.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "autoscaling.amazonaws.com",
    "events.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "delivery.logs.amazonaws.com",
    "backup.amazonaws.com",
    "states.amazonaws.com",
    "glue.amazonaws.com",
    "rds.amazonaws.com",
    "eks.amazonaws.com",
    "secretsmanager.amazonaws.com",
    "logs.amazonaws.com",
    "apigateway.amazonaws.com",
];

const FIRST_NAMES: &[&str] = &[
    "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "mallory",
    "niaj", "olivia", "peggy", "rupert", "sybil", "trent", "victor", "walter", "zoë",
];
const ROLE_NAMES: &[&str] = &[
    "app",
    "worker",
    "ci-deploy",
    "etl",
    "eks-node",
    "lambda",
    "monitoring",
    "backup",
    "audit",
    "terraform",
    "AWSServiceRoleForAutoScaling",
    "service-role/lambda",
    "team/data/analyst",
    "admin",
];

impl Kind {
    /// Its letter among those who call an operation.
    fn letter(self) -> char {
        match self {
            Self::User | Self::Role | Self::ReservedRole | Self::Federated | Self::Root => 'u',
            Self::Service => 's',
            Self::IdentityCenter => 'i',
            Self::Saml => 'm',
            Self::Web => 'w',
            Self::Other => 'a',
            Self::Anonymous => 'n',
        }
    }

    /// Whether it is of the account, and can cross into another.
    pub(super) fn is_own(self) -> bool {
        matches!(self, Self::User | Self::Role | Self::ReservedRole)
    }

    /// Whether its assuming of a role is linked to a record elsewhere: that of a service always is, to one that is
    /// not in these logs.
    pub(super) fn links(self, other_is_later: bool, random: &mut Random) -> bool {
        self == Self::Service || (self.is_own() && other_is_later && random.chance(300_000))
    }

    /// Kinds with how many of a hundred principals are of them.
    const SHARES: [(Self, u64); 11] = [
        (Self::Role, 44),
        (Self::User, 18),
        (Self::Service, 12),
        (Self::ReservedRole, 8),
        (Self::Other, 4),
        (Self::Web, 4),
        (Self::IdentityCenter, 3),
        (Self::Saml, 3),
        (Self::Federated, 2),
        (Self::Root, 1),
        (Self::Anonymous, 1),
    ];

    fn draw(random: &mut Random) -> Self {
        let mut left = random.below(100);
        for (kind, share) in Self::SHARES {
            if left < share {
                return kind;
            }
            left -= share;
        }
        Self::Role
    }
}

impl Principal {
    /// The principal of a number in an account; its kind is drawn where none is given.
    pub(super) fn made(seed: u64, account: &str, number: usize, kind: Option<Kind>) -> Self {
        let mut random = Random::of(seed, &["principal", account, &number.to_string()]);
        // The busiest of an account are what always is busy: a role, a service, a user.
        let kind = match number {
            _ if kind.is_some() => kind.unwrap_or(Kind::Service),
            0 | 2 => Kind::Role,
            1 | 4 => Kind::Service,
            3 => Kind::User,
            _ => Kind::draw(&mut random),
        };
        let person = random.word(FIRST_NAMES);
        let name = match kind {
            Kind::Service => {
                SERVICES.get(number % SERVICES.len()).copied().unwrap_or_default().to_owned()
            }
            Kind::Role => format!("{}-{number}", random.word(ROLE_NAMES)),
            Kind::ReservedRole => {
                let set = random.word(&["AdministratorAccess", "ReadOnly", "PowerUser", "Billing"]);
                let mut name = format!("AWSReservedSSO_{set}_");
                random.hex(16, &mut name);
                name
            }
            Kind::Saml | Kind::IdentityCenter => format!("{person}.{number}@corp.example.com"),
            Kind::Web => format!("repo:example/service-{number}:ref:refs/heads/main"),
            Kind::Other => {
                random.word(&["123456789012", "444455556666", "777788889999"]).to_owned()
            }
            _ => format!("{person}-{number}"),
        };
        let arn = arn(kind, account, &name);
        let mut made = Self::of(kind, arn, &mut random);
        made.until = u64::MAX;
        made.choose(&mut random, &[]);
        made
    }

    /// An actor; `None` when the ARN is neither of a user nor of a role.
    pub(super) fn named(seed: u64, actor: &Actor) -> Option<Self> {
        let mut random = Random::of(seed, &["actor", &actor.arn]);
        let resource = actor.arn.splitn(6, ':').nth(5)?;
        let kind = match resource.split_once('/')? {
            ("user", _) => Kind::User,
            ("role", rest) if rest.contains("AWSReservedSSO_") => Kind::ReservedRole,
            ("role", _) => Kind::Role,
            _ => return None,
        };
        let mut named = Self::of(kind, actor.arn.clone(), &mut random);
        (named.from, named.until) = (actor.from, actor.until);
        named.choose(&mut random, &actor.services);
        Some(named)
    }

    fn of(kind: Kind, arn: String, random: &mut Random) -> Self {
        let name = match kind {
            Kind::Role | Kind::ReservedRole | Kind::User => {
                arn.rsplit('/').next().unwrap_or_default()
            }
            _ => arn.as_str(),
        };
        let name = name.to_owned();
        let mut unique = String::new();
        match kind {
            Kind::IdentityCenter => random.uuid(&mut unique),
            Kind::User => prefixed("AIDA", random, &mut unique),
            _ => prefixed("AROA", random, &mut unique),
        }
        let person = random.word(FIRST_NAMES);
        let sessions = (0..random.between(1, 4)).map(|_| session(kind, person, random)).collect();
        let browser = kind == Kind::ReservedRole || kind == Kind::Root || random.chance(80_000);
        let invokers =
            &["cloudformation.amazonaws.com", "autoscaling.amazonaws.com", "AWS Internal"];
        Self {
            kind,
            arn,
            name,
            unique,
            sessions,
            source_identity: (kind == Kind::Role && random.chance(150_000))
                .then(|| format!("{person}@corp.example.com")),
            invoked_by: (kind == Kind::Role && random.chance(100_000))
                .then(|| random.word(invokers)),
            agent: if browser { BROWSER } else { random.word(AGENTS) },
            address: address(random),
            mfa: random.chance(300_000),
            seed: random.draw(),
            from: 0,
            until: 0,
            regional: Vec::new(),
            global: Vec::new(),
        }
    }

    /// Chooses what it calls: an operation that is chosen twice is called twice as often.
    fn choose(&mut self, random: &mut Random, services: &[String]) {
        let may_sign_in = matches!(self.kind, Kind::User | Kind::Root);
        let fits = |operation: &&'static Operation| {
            let who = operation.is_called_by(self.kind.letter())
                || (may_sign_in && operation.is_called_by('h'));
            let service = operation.source.split('.').next().unwrap_or_default();
            who && (services.is_empty() || services.iter().any(|name| name == service))
        };
        let all: Vec<&'static Operation> = operation::all().iter().filter(fits).collect();
        let weight: u64 = all.iter().map(|operation| operation.weight).sum();
        for _ in 0..random.between(20, 200) {
            let mut left = random.below(weight);
            let chosen = all.iter().find(|operation| {
                let found = left < operation.weight;
                left = left.saturating_sub(operation.weight);
                found
            });
            let Some(chosen) = chosen else { return };
            let list = if chosen.is_global() { &mut self.global } else { &mut self.regional };
            list.push(chosen);
        }
    }

    /// Whether it does anything on a day, counted from 0.
    pub(super) fn is_active(&self, day: u64) -> bool {
        (self.from..self.until).contains(&day)
    }

    /// One of its calls, in a region; `None` when it makes none there.
    pub(super) fn call(&self, region: &str, random: &mut Random) -> Option<&'static Operation> {
        let global =
            region == operation::GLOBAL && random.chance(350_000) && !self.global.is_empty();
        let list = if global { &self.global } else { &self.regional };
        random.pick(list).copied()
    }

    /// The access key of a moment: of a user one for ever, of a session one for some hours.
    pub(super) fn access_key(&self, session: &str, time: Moment) -> String {
        let mut key = String::new();
        if self.kind == Kind::User {
            access_key("AKIA", &mut Random::of(self.seed, &["key"]), &mut key);
        } else {
            let start = session_start(time).text();
            access_key("ASIA", &mut Random::of(self.seed, &[session, &start]), &mut key);
        }
        key
    }
}

/// When the session of a moment began.
pub(super) fn session_start(time: Moment) -> Moment {
    const SHIFT: i64 = 4 * 3_600;
    Moment(time.0.div_euclid(SHIFT) * SHIFT + 17)
}

fn arn(kind: Kind, account: &str, name: &str) -> String {
    match kind {
        Kind::User => format!("arn:aws:iam::{account}:user/{name}"),
        Kind::Role => format!("arn:aws:iam::{account}:role/{name}"),
        Kind::ReservedRole => {
            format!("arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/eu-west-1/{name}")
        }
        _ => name.to_owned(),
    }
}

fn prefixed(prefix: &str, random: &mut Random, out: &mut String) {
    out.push_str(prefix);
    random.letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 10, out);
    out.push_str("EXAMPLE");
}

/// The name of a session: of a person an address, of a machine what names it.
fn session(kind: Kind, person: &str, random: &mut Random) -> String {
    if kind == Kind::ReservedRole {
        return format!("{person}@corp.example.com");
    }
    let mut digits = String::new();
    match random.below(6) {
        0 => {
            random.hex(16, &mut digits);
            format!("i-0{digits}")
        }
        1 => "GitHubActions".to_owned(),
        2 => format!("botocore-session-{}", random.between(1_700_000_000, 1_790_000_000)),
        3 => format!("{person}@corp.example.com"),
        4 => {
            random.hex(32, &mut digits);
            digits
        }
        _ => format!("orders-worker-{}", random.below(40)),
    }
}

/// An address of those kept for documents: RFC 5737 and RFC 3849.
fn address(random: &mut Random) -> String {
    let last = random.between(1, 254);
    match random.below(10) {
        0 => format!("198.51.100.{last}"),
        1 => format!("203.0.113.{last}"),
        2 => format!("2001:db8:85a3::8a2e:{last:x}"),
        _ => format!("192.0.2.{last}"),
    }
}
