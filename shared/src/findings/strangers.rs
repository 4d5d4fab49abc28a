//! Who from outside is worth trying against a policy, and how they come.
//!
//! A pattern that anybody can meet keeps nobody out: whoever has an account names its roles, endpoints and buckets as it
//! likes. So each pattern that leaves the account open is met, by somebody or something of an account of nobody. What is
//! fixed is not, nor is a range of addresses that Amazon S3 takes for fixed:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::Inventory;
use super::narrow::{is_fixed, said_of, sample, wanted};
use super::stranger::{self, ACCOUNT, ORGANIZATION};
use crate::access::difference::meet::meet;
use crate::policy::compiled::Statement;
use crate::policy::condition::ip_address::{self, Range};
use crate::policy::evaluate::Context;
use crate::policy::principal::{Principal, is_account};
use crate::policy::public::is_narrow;
use crate::policy::wildcard::Wildcard;

/// Addresses that are far from each other: who is let in from all of them, but for the few that the policy names, is let in
/// from everywhere. The two versions are asked about by themselves.
const ADDRESSES: [&[&str]; 2] = [
    &["192.0.2.77", "198.18.0.77", "198.51.100.77", "203.0.113.77"],
    &["2001:db8::77", "2001:db8:7777::77"],
];

/// Whoever an account has: the service and the kind of its ARN, its type, and its id. Each star is the owner's choice.
const KINDS: [(&str, &str, &str, &str); 4] = [
    ("iam", "user/*", "User", "AIDAACCESSTRAILEXAMPLE"),
    ("iam", "role/*", "AssumedRole", "AROAACCESSTRAILEXAMPLE:*"),
    ("iam", "root", "Account", ACCOUNT),
    ("sts", "federated-user/*", "FederatedUser", "000000000000:*"),
];

/// Keys of a request through an endpoint of somebody's own, which are texts.
const OF_ENDPOINT: [&str; 5] =
    ["aws:SourceVpce", "aws:SourceVpc", "aws:SourceVpcArn", "aws:VpceOrgID", "aws:VpceOrgPaths"];

/// Keys of a request of a service that hold whose resource it is about.
const OF_OWNER: [&str; 4] =
    ["aws:SourceAccount", "aws:SourceOwner", "aws:SourceOrgID", "aws:SourceOrgPaths"];

/// Somebody, and requests of theirs of which all must be allowed to let them in.
pub(super) type Stranger = (Principal, Vec<Context>);

/// Who tries what the policy of something says.
pub(super) fn of(inventory: &Inventory<'_>, statements: &[Statement], arn: &str) -> Vec<Stranger> {
    let asks = Asks { statements, partition: arn.split(':').nth(1).unwrap_or("aws") };
    let ways = asks.ways();
    let mut found = Vec::new();
    for (who, context) in asks.people(inventory, arn.contains(":role/")) {
        for way in &ways {
            let through = |own: &Way| {
                let mut context = context.clone();
                for (key, value) in own {
                    context.set(key, value.as_deref());
                }
                context
            };
            found.push((who.clone(), way.iter().map(through).collect()));
        }
    }
    found.extend(asks.services().into_iter().map(|it| (Principal::anonymous(), vec![it])));
    found
}

/// What a policy asks of whoever comes.
struct Asks<'p> {
    statements: &'p [Statement],
    partition: &'p str,
}

/// What a request says of how it comes; a key without a value is not there.
type Way = Vec<(&'static str, Option<String>)>;

impl Asks<'_> {
    /// The patterns of a key that stand for more than one text.
    fn open(&self, key: &str) -> impl Iterator<Item = &str> {
        let values = wanted(self.statements, &key.to_lowercase()).into_iter();
        values.filter(|it| !is_fixed(it) && !it.contains("${"))
    }

    /// Nobody in particular, and whoever an account of nobody may have, in its organization and in others that are named.
    fn people(&self, inventory: &Inventory<'_>, is_role: bool) -> Vec<(Principal, Context)> {
        let mut nobody = stranger::context();
        stranger::of_nobody(&mut nobody);
        let mut found = vec![(Principal::anonymous(), nobody)];
        let own = stranger::own_organization(inventory);
        let named = wanted(self.statements, "aws:principalorgid").into_iter();
        let others = named.filter(|id| own.is_some() && is_fixed(id) && Some(*id) != own);
        let organizations: Vec<&str> = std::iter::once(ORGANIZATION).chain(others).collect();
        // Neither root users nor federated ones assume roles.
        for kind in KINDS.iter().take(if is_role { 2 } else { KINDS.len() }) {
            for arn in self.names(kind) {
                let Some(who) = Principal::read(&arn) else { continue };
                for organization in &organizations {
                    let mut context = stranger::context();
                    stranger::of_account(&mut context, ACCOUNT, organization);
                    context.set("aws:PrincipalArn", [arn.as_str()]);
                    context.set("aws:PrincipalType", [kind.2]);
                    context.set("aws:userid", [self.id(kind.3)]);
                    found.push((who.clone(), context));
                }
            }
        }
        found
    }

    /// The ARNs of somebody of a kind: of anybody, and of who has a name that is asked for.
    fn names(&self, (service, kind, word, _): &(&str, &str, &str, &str)) -> BTreeSet<String> {
        let all = format!("arn:{}:{service}::{ACCOUNT}:{kind}", self.partition);
        let met = self.open("aws:PrincipalArn").filter_map(|pattern| meet(pattern, &all));
        // No name has a colon in it.
        let mut found: BTreeSet<String> = met.filter(|arn| arn.split(':').count() == 6).collect();
        let is_usual = matches!(*word, "User" | "AssumedRole");
        if is_usual || wanted(self.statements, "aws:principaltype").contains(word) {
            found.insert(all.replace('*', "accesstrail-somebody"));
        }
        found
    }

    /// The id of somebody: what of it the owner chooses is as it is asked for.
    fn id(&self, all: &str) -> String {
        let mut asked = self.open("aws:userid").filter_map(|pattern| meet(pattern, all));
        asked.next().unwrap_or_else(|| all.replace('*', "accesstrail"))
    }

    /// The ways that a request comes: of each list all must be open.
    fn ways(&self) -> Vec<Vec<Way>> {
        let named = said_of(self.statements, "aws:sourceip");
        let narrow = named.into_iter().filter(|it| is_narrow(it)).filter_map(Range::read);
        let narrow: Vec<Range> = narrow.collect();
        let from = |address: &str| vec![("aws:SourceIp", Some(address.to_owned()))];
        let is_free = |address: &&&str| {
            let address = ip_address::read(address);
            !address.is_some_and(|it| narrow.iter().any(|range| range.contains(it)))
        };
        let far = ADDRESSES.iter().map(|all| all.iter().filter(is_free).map(|it| from(it)));
        let mut ways: Vec<Vec<Way>> = far.map(Iterator::collect).collect();
        // A part of the world that is not fixed is as good as all of it.
        let broad = wanted(self.statements, "aws:sourceip").into_iter();
        let broad = broad.filter(|it| !is_narrow(it)).filter_map(Range::read);
        ways.extend(broad.map(|range| vec![from(&in_range(&range))]));
        ways.push(vec![self.endpoint()]);
        if let Some(point) = self.access_point() {
            for from in [vec![("aws:SourceIp", Some("198.18.0.77".to_owned()))], self.endpoint()] {
                ways.push(vec![point.iter().cloned().chain(from).collect()]);
            }
        }
        ways
    }

    /// Through an access point of the stranger's own, where one meets what is asked for.
    fn access_point(&self) -> Option<Way> {
        let arn = self.open("s3:DataAccessPointArn").find_map(|it| self.foreign(it));
        let is_met = arn.is_some() || self.is_met("s3:DataAccessPointAccount", ACCOUNT);
        let arn = arn.map(|arn| ("s3:DataAccessPointArn", Some(arn)));
        let account = ("s3:DataAccessPointAccount", Some(ACCOUNT.to_owned()));
        is_met.then(|| std::iter::once(account).chain(arn).collect())
    }

    /// Through an endpoint of the stranger's own network, which has no address of the internet.
    fn endpoint(&self) -> Way {
        let met = |key: &&'static str| {
            let mut open = self.open(key);
            let value = match *key {
                "aws:SourceVpcArn" => open.find_map(|pattern| self.foreign(pattern)),
                _ => open.next().map(sample),
            };
            value.map(|value| (*key, Some(value)))
        };
        let mut way: Way = OF_ENDPOINT.iter().filter_map(met).collect();
        way.push(("aws:SourceIp", None));
        // In a network of one's own every private address is there to be had.
        let inner = wanted(self.statements, "aws:vpcsourceip").into_iter().find_map(Range::read);
        let inner = inner.map_or_else(|| "10.0.0.77".to_owned(), |range| in_range(&range));
        let usual = [
            ("aws:SourceVpce", "vpce-accesstrail"),
            ("aws:SourceVpc", "vpc-accesstrail"),
            ("aws:VpcSourceIp", &*inner),
            ("aws:VpceAccount", ACCOUNT),
            ("aws:VpceOrgID", ORGANIZATION),
        ];
        for (key, value) in usual {
            if !way.iter().any(|(known, _)| *known == key) {
                way.push((key, Some(value.to_owned())));
            }
        }
        way
    }

    /// Services that act for a stranger, where what says for whom they do is open.
    fn services(&self) -> Vec<Context> {
        let owner = |key: &str| match key {
            "aws:SourceOrgID" => ORGANIZATION.to_owned(),
            "aws:SourceOrgPaths" => format!("{ORGANIZATION}/r-0000/"),
            _ => ACCOUNT.to_owned(),
        };
        let arns = self.open("aws:SourceArn").filter_map(|it| self.foreign(it));
        let mut arns: BTreeSet<String> = arns.collect();
        if arns.is_empty() && OF_OWNER.iter().any(|key| self.is_met(key, &owner(key))) {
            arns.insert(format!("arn:{}:s3:::accesstrail", self.partition));
        }
        let named = wanted(self.statements, "aws:principalservicename");
        let context = |arn: String| {
            let mut context = stranger::context();
            stranger::of_nobody(&mut context);
            for key in ["aws:PrincipalType", "aws:userid"] {
                context.set(key, [] as [&str; 0]);
            }
            context.set("aws:PrincipalIsAWSService", ["true"]);
            match named.first() {
                Some(name) => context.set("aws:PrincipalServiceName", [*name]),
                None => context.forget("aws:principalservicename"),
            }
            context.forget("aws:principalservicenameslist");
            for key in OF_OWNER {
                context.set(key, [owner(key)]);
            }
            context.set("aws:SourceArn", [arn]);
            context
        };
        arns.into_iter().map(context).collect()
    }

    /// Whether a pattern of a key stands for something of a stranger's.
    fn is_met(&self, key: &str, value: &str) -> bool {
        self.open(key).any(|pattern| Wildcard::read(pattern).matches(value))
    }

    /// An ARN of a stranger's that a pattern stands for; `None` where the account is fixed.
    fn foreign(&self, pattern: &str) -> Option<String> {
        let parts: Vec<&str> = pattern.splitn(6, ':').collect();
        if parts.iter().take(5).any(|part| is_account(part)) {
            return None;
        }
        let [_, partition, service, region, account, rest] = parts.as_slice() else {
            return meet(pattern, &format!("arn:{}:s3:::accesstrail*", self.partition));
        };
        let is_open = account.is_empty() || Wildcard::read(account).matches(ACCOUNT);
        let partition = if is_fixed(partition) { partition } else { self.partition };
        let account = if account.is_empty() { "" } else { ACCOUNT };
        let [service, region, rest] = [service, region, rest].map(|part| sample(part));
        is_open.then(|| format!("arn:{partition}:{service}:{region}:{account}:{rest}"))
    }
}

/// An address of a range that is not its first one.
fn in_range(range: &Range) -> String {
    let own = match range.first() {
        IpAddr::V4(first) => IpAddr::V4((first.to_bits() | 0x4d).into()),
        IpAddr::V6(first) => IpAddr::V6((first.to_bits() | 0x4d).into()),
    };
    let address = if range.contains(own) { own } else { range.first() };
    address.to_string()
}
