//! Every setting: its name, what it may be, what holds where nobody sets it.

use accesstrail_shared::analysis::person::Source;
use accesstrail_shared::collect::registry;
use accesstrail_shared::model::{AccountId, Region};

use super::nearest::nearest;

/// What is wrong with a text, if anything is.
pub(super) type Check = fn(&str) -> Result<(), String>;

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// `true` or `false`.
    Switch,
    /// A whole number in these bounds.
    Number(u32, u32),
    /// One text.
    Text(Check),
    /// A list of texts.
    List(Check),
}

macro_rules! keys {
    ($($(#[doc = $doc:literal])+ $key:ident $name:literal, $shape:expr, $default:expr, $meaning:literal;)+) => {
        /// A setting.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Key {
            $($(#[doc = $doc])+ $key,)+
        }

        impl Key {
            /// Every setting, in the order in which they are shown.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$key,)+];

            /// The name, as the file has it: the part before a dot is its table there.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$key => $name,)+ }
            }

            /// What it says.
            pub(crate) fn meaning(self) -> &'static str {
                match self { $(Self::$key => $meaning,)+ }
            }

            /// What holds where nobody sets it.
            pub(super) fn default(self) -> &'static [&'static str] {
                match self { $(Self::$key => $default,)+ }
            }

            /// What it may be.
            pub(super) fn shape(self) -> Shape {
                match self { $(Self::$key => $shape,)+ }
            }
        }
    };
}

keys! {
    /// Regions to look into.
    RegionsInclude "regions.include", Shape::List(region), &[], "Regions to look for resources in; all that an account has enabled if empty";
    /// Regions to leave out.
    RegionsExclude "regions.exclude", Shape::List(region), &[], "Regions to leave out, whatever else is said";
    /// The home of Identity Center.
    IdentityCenterRegion "identity-center-region", Shape::List(region), &[], "Where to look for Identity Center; your region if empty";
    /// Accounts to look into.
    AccountsInclude "accounts.include", Shape::List(account), &[], "Accounts to look into; your own, or all with --org, if empty";
    /// Accounts to leave out.
    AccountsExclude "accounts.exclude", Shape::List(account), &[], "Accounts to leave out, whatever else is said";
    /// Organizational units to look into.
    OusInclude "ous.include", Shape::List(unit), &[], "Organizational units to look into, by id or path; all if empty";
    /// Organizational units to leave out.
    OusExclude "ous.exclude", Shape::List(unit), &[], "Organizational units to leave out, by id or path";
    /// What to leave out.
    Skip "skip", Shape::List(collector), &[], "Collectors to leave out, or whole tiers as tier-3";
    /// How much at once.
    Concurrency "concurrency", Shape::Number(1, 64), &["5"], "Units of work that are done at the same time";
    /// Which credentials.
    Credentials "credentials", Shape::Text(credentials), &["standard"], "Credentials of IAM users to list: standard or full";
    /// What the tree of data is made from.
    TreesSource "trees.source", Shape::Text(tree), &["none"], "What a tree of data is made from: s3-objects, glue or none";
    /// Buckets whose objects are listed.
    TreesBucketsInclude "trees.buckets-include", Shape::List(pattern), &[], "Buckets whose objects are listed; all if empty; * is any run of characters";
    /// Buckets whose objects are not listed.
    TreesBucketsExclude "trees.buckets-exclude", Shape::List(pattern), &[], "Buckets whose objects are not listed, whatever else is said";
    /// How deep a bucket is looked into.
    TreesDepth "trees.depth", Shape::Number(0, 65535), &["20"], "How many folders deep the tree of a bucket goes";
    /// Databases to leave out.
    TreesDatabasesExclude "trees.databases-exclude", Shape::List(pattern), &[], "Databases of the Glue catalogue to leave out with their tables";
    /// Tables to leave out.
    TreesTablesExclude "trees.tables-exclude", Shape::List(pattern), &[], "Tables of the Glue catalogue to leave out, in every database";
    /// Without the inline policies of users.
    SkipUserInlinePolicies "iam.skip-user-inline-policies", Shape::Switch, &["false"], "Leave out the inline policies of users";
    /// Without the inline policies of groups.
    SkipGroupInlinePolicies "iam.skip-group-inline-policies", Shape::Switch, &["false"], "Leave out the inline policies of groups";
    /// Without managed policies.
    SkipManagedPolicies "iam.skip-managed-policies", Shape::Switch, &["false"], "Leave out managed policies, yours and AWS's";
    /// Without AWS's managed policies.
    SkipAwsManagedPolicies "iam.skip-aws-managed-policies", Shape::Switch, &["false"], "Leave out AWS's managed policies";
    /// Managed policies to leave out.
    PolicyExclude "iam.policy-exclude", Shape::List(pattern), &[], "Names of managed policies to leave out; * is any run of characters";
    /// Roles to leave out.
    RoleExclude "iam.role-exclude", Shape::List(pattern), &[], "Names of roles to leave out; * is any run of characters";
    /// The tags that name an owner.
    OwnerTagKeys "owner-tag-keys", Shape::List(not_empty), &["owner"], "Tags that name the owner, the first that is there, in any case";
    /// Who is believed about people.
    AuthoritativeSource "authoritative-source", Shape::List(source), &["identity-center", "iam"], "Who is believed about a person, the first one most";
}

impl Key {
    /// The variable of the environment that sets it; those that functions have too are called as there.
    pub(crate) fn variable(self) -> String {
        let name = self.name().replace(['.', '-'], "_").to_uppercase();
        format!("ACCESSTRAIL_{}", name.strip_suffix("_INCLUDE").unwrap_or(&name))
    }

    /// The setting of that name.
    pub(super) fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.name() == name)
    }

    /// What is wrong with one text of its value, if anything is.
    pub(super) fn check(self, text: &str) -> Result<(), String> {
        match self.shape() {
            Shape::Switch if ["true", "false"].contains(&text) => Ok(()),
            Shape::Switch => Err(format!("`{text}` is neither true nor false")),
            Shape::Number(least, most) => match text.parse::<u32>() {
                Ok(number) if (least..=most).contains(&number) => Ok(()),
                _ => Err(format!("`{text}` is not a number from {least} to {most}")),
            },
            Shape::Text(check) | Shape::List(check) => check(text),
        }
    }

    /// Whether its value is a list.
    pub(crate) fn is_list(self) -> bool {
        matches!(self.shape(), Shape::List(_))
    }
}

fn region(text: &str) -> Result<(), String> {
    text.parse::<Region>().map(drop).map_err(|error| error.to_string())
}

fn account(text: &str) -> Result<(), String> {
    text.parse::<AccountId>().map(drop).map_err(|error| error.to_string())
}

fn source(text: &str) -> Result<(), String> {
    text.parse::<Source>().map(drop).map_err(|error| error.to_string())
}

fn unit(text: &str) -> Result<(), String> {
    if text.split('/').any(|name| !name.is_empty()) {
        return Ok(());
    }
    Err(format!(
        "`{text}` is no organizational unit: expected an id (ou-…), or a path such as Workloads/Production"
    ))
}

fn collector(text: &str) -> Result<(), String> {
    let known = registry::ALL.iter().map(|it| it.name()).chain(["tier-2", "tier-3"]);
    registry::check_skip([&text.to_owned()]).map_err(|error| match nearest(text, known) {
        Some(name) => format!("`{text}` is no collector: `{name}` perhaps"),
        None => error.to_string(),
    })
}

fn credentials(text: &str) -> Result<(), String> {
    if ["standard", "full"].contains(&text) {
        return Ok(());
    }
    Err(format!("`{text}` is neither standard nor full"))
}

fn tree(text: &str) -> Result<(), String> {
    if ["none", "s3-objects", "glue"].contains(&text) {
        return Ok(());
    }
    Err(format!("`{text}` is neither s3-objects nor glue nor none"))
}

fn pattern(text: &str) -> Result<(), String> {
    not_empty(text)
}

fn not_empty(text: &str) -> Result<(), String> {
    if text.trim().is_empty() { Err("an empty text names nothing".to_owned()) } else { Ok(()) }
}
