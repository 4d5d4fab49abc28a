//! What an account has besides identities, as far as access to it or from it depends on it.
//!
//! One form for every service: a resource is known by its ARN, and what is particular to its type stands in
//! named [`Attributes`]. What another call says about the same resource (its policy, its tags, one of its
//! settings) is an entity of its own with the same ARN, so that a refused call loses that alone. Metadata
//! only: no item, object, secret, prompt or message is ever part of it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::id::IdError;
use super::policy::PolicyDocument;
use super::{AccountId, Arn, Region, Tags, Timestamp};

macro_rules! resource_types {
    ($($(#[doc = $doc:literal])+ $variant:ident $name:literal;)+) => {
        /// What type of resource it is.
        ///
        /// Names are those of CloudFormation; where it has no such type, ours is built alike and says so.
        ///
        /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ResourceType {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl ResourceType {
            /// Every type, in reading order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The type's name, for example `AWS::S3::Bucket`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The name without the `AWS::` that all begin with, for people: `S3::Bucket`.
            pub fn short_name(self) -> &'static str {
                self.name().trim_start_matches("AWS::")
            }
        }
    };
}

resource_types! {
    /// An EC2 instance.
    Instance "AWS::EC2::Instance";
    /// An S3 bucket.
    Bucket "AWS::S3::Bucket";
    /// A common prefix of keys in a bucket, shown as a folder (CloudFormation has no such type).
    Folder "AWS::S3::Folder";
    /// An object in a bucket: its key and size, never its content (CloudFormation has no such type).
    Object "AWS::S3::Object";
    /// An S3 access point.
    AccessPoint "AWS::S3::AccessPoint";
    /// A multi-region access point.
    MultiRegionAccessPoint "AWS::S3::MultiRegionAccessPoint";
    /// An RDS instance.
    DbInstance "AWS::RDS::DBInstance";
    /// An RDS or Aurora cluster.
    DbCluster "AWS::RDS::DBCluster";
    /// An EKS cluster.
    EksCluster "AWS::EKS::Cluster";
    /// An IAM principal that may enter an EKS cluster.
    EksAccessEntry "AWS::EKS::AccessEntry";
    /// A role that a Kubernetes service account of an EKS cluster gets.
    EksPodIdentityAssociation "AWS::EKS::PodIdentityAssociation";
    /// A Lambda function.
    Function "AWS::Lambda::Function";
    /// A secret's metadata.
    Secret "AWS::SecretsManager::Secret";
    /// A KMS key.
    Key "AWS::KMS::Key";
    /// A KMS alias.
    KeyAlias "AWS::KMS::Alias";
    /// A grant of a KMS key (CloudFormation has no such type; its ARN is the key's with `/grant/` and the id).
    KeyGrant "AWS::KMS::Grant";
    /// A DynamoDB table.
    Table "AWS::DynamoDB::Table";
    /// The stream of a DynamoDB table (CloudFormation has no such type).
    TableStream "AWS::DynamoDB::Stream";
    /// An SQS queue.
    Queue "AWS::SQS::Queue";
    /// An SNS topic.
    Topic "AWS::SNS::Topic";
    /// An ECR repository.
    Repository "AWS::ECR::Repository";
    /// A Bedrock foundation model (CloudFormation has no such type).
    FoundationModel "AWS::Bedrock::FoundationModel";
    /// A Bedrock custom model.
    CustomModel "AWS::Bedrock::CustomModel";
    /// A model imported into Bedrock.
    ImportedModel "AWS::Bedrock::ImportedModel";
    /// Provisioned throughput of a Bedrock model.
    ProvisionedThroughput "AWS::Bedrock::ProvisionedModelThroughput";
    /// A Bedrock inference profile.
    InferenceProfile "AWS::Bedrock::InferenceProfile";
    /// A Bedrock guardrail.
    Guardrail "AWS::Bedrock::Guardrail";
    /// A Bedrock agent.
    Agent "AWS::Bedrock::Agent";
    /// An alias of a Bedrock agent.
    AgentAlias "AWS::Bedrock::AgentAlias";
    /// A Bedrock knowledge base.
    KnowledgeBase "AWS::Bedrock::KnowledgeBase";
    /// A data source of a Bedrock knowledge base.
    DataSource "AWS::Bedrock::DataSource";
    /// A Bedrock prompt, without its text.
    Prompt "AWS::Bedrock::Prompt";
    /// A Glue database.
    GlueDatabase "AWS::Glue::Database";
    /// A Glue table with its columns.
    GlueTable "AWS::Glue::Table";
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ResourceType {
    type Err = IdError;

    /// Reads the name, or the short one, in any case.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let is = |name: &str| name.eq_ignore_ascii_case(text);
        let found = Self::ALL.iter().copied().find(|it| is(it.name()) || is(it.short_name()));
        found.ok_or_else(|| IdError {
            text: text.to_owned(),
            what: "a type of resource",
            expected: "a type as CloudFormation names it, for example AWS::S3::Bucket",
        })
    }
}

/// One fact about a resource, in the shape that AWS gave it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribute {
    /// A text: a name, an ARN, an id, a word of AWS's.
    Text(String),
    /// Yes or no. What AWS did not say is no attribute at all.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A moment.
    Time(Timestamp),
    /// Several, in AWS's order where that means something, else sorted.
    List(Vec<Self>),
    /// Several with names of their own.
    Map(Attributes),
}

/// Facts by name: kebab-case words, those of AWS's API where it has one.
pub type Attributes = BTreeMap<String, Attribute>;

impl From<bool> for Attribute {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<i64> for Attribute {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Attribute {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Attribute {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&Arn> for Attribute {
    fn from(arn: &Arn) -> Self {
        Self::Text(arn.to_string())
    }
}

impl From<Timestamp> for Attribute {
    fn from(time: Timestamp) -> Self {
        Self::Time(time)
    }
}

impl From<Attributes> for Attribute {
    fn from(attributes: Attributes) -> Self {
        Self::Map(attributes)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Attribute {
    fn from(list: Vec<T>) -> Self {
        Self::List(list.into_iter().map(Into::into).collect())
    }
}

impl fmt::Display for Attribute {
    /// In a few words, for lines that people read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Flag(true) => f.write_str("yes"),
            Self::Flag(false) => f.write_str("no"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Time(time) => write!(f, "{time}"),
            Self::List(items) if items.is_empty() => f.write_str("none"),
            Self::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            Self::Map(items) => {
                for (index, (name, item)) in items.iter().enumerate() {
                    write!(f, "{}{name}={item}", if index == 0 { "" } else { " " })?;
                }
                Ok(())
            }
        }
    }
}

/// Puts together the attributes that AWS gave: what is `None` is left out.
///
/// ```
/// # use accesstrail_shared::model::resource::attributes;
/// let facts = attributes([("iam-authentication", Some(true.into())), ("endpoint", None)]);
/// assert_eq!(facts.len(), 1);
/// ```
pub fn attributes<'a>(facts: impl IntoIterator<Item = (&'a str, Option<Attribute>)>) -> Attributes {
    facts.into_iter().filter_map(|(name, fact)| Some((name.to_owned(), fact?))).collect()
}

/// A resource, as its service lists or describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The ARN; put together from its parts where the service's answer carries none.
    pub arn: Arn,
    /// The type.
    pub resource_type: ResourceType,
    /// What people call it.
    pub name: String,
    /// When it was created, where AWS says.
    pub created: Option<Timestamp>,
    /// The state that AWS gives it, in AWS's word.
    pub state: Option<String>,
    /// What it is a part of: the bucket of an access point, the database of a table.
    pub parent: Option<Arn>,
    /// The roles and instance profiles that it acts with.
    pub acts_as: Vec<Arn>,
    /// Its tags, where the call that lists it carries them; else they are [`ResourceTags`].
    pub tags: Option<Tags>,
    /// What is particular to its type.
    pub attributes: Attributes,
}

/// The tags of a resource, where a call of its own reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceTags {
    /// The resource.
    pub resource: Arn,
    /// The tags.
    pub tags: Tags,
}

/// The policy that is attached to a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePolicy {
    /// The resource.
    pub resource: Arn,
    /// The document, as AWS gives it; `None` where AWS says that there is none.
    pub document: Option<PolicyDocument>,
}

/// One setting of a resource, or of a whole account (`arn:…:iam::ID:root`), that a call of its own reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceSetting {
    /// The resource.
    pub resource: Arn,
    /// The setting, for example `public-access-block`.
    pub name: String,
    /// Whether it is set: AWS's "there is no such configuration" is `false`, a refusal is no setting at all.
    pub present: bool,
    /// What it says.
    pub attributes: Attributes,
}

/// Whether an account may use a region.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Region.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OptIn {
    /// Enabled without asking.
    NotRequired,
    /// Must be enabled, and is.
    OptedIn,
    /// Must be enabled, and is not.
    NotOptedIn,
}

impl OptIn {
    /// Whether the account may use the region.
    pub fn is_enabled(self) -> bool {
        !matches!(self, Self::NotOptedIn)
    }
}

/// The regions that an account knows, and whether it may use them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRegions {
    /// The account.
    pub account: AccountId,
    /// Every region of the partition.
    pub regions: BTreeMap<Region, OptIn>,
}

impl AccountRegions {
    /// The regions that the account may use.
    pub fn enabled(&self) -> impl Iterator<Item = &Region> {
        self.regions.iter().filter(|(_, state)| state.is_enabled()).map(|(region, _)| region)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn types_have_one_name_each() {
        let names: BTreeSet<&str> = ResourceType::ALL.iter().map(|it| it.name()).collect();
        assert_eq!(names.len(), ResourceType::ALL.len());
        for it in ResourceType::ALL {
            assert_eq!(it.name().parse::<ResourceType>().unwrap(), *it);
            assert_eq!(it.name().to_lowercase().parse::<ResourceType>().unwrap(), *it);
        }
        for bad in ["", "AWS::S3", "s3-bucket"] {
            assert!(bad.parse::<ResourceType>().is_err(), "{bad}");
        }
    }

    #[test]
    fn attributes_in_words() {
        let map = attributes([("bucket", Some("b".into())), ("prefix", Some("p/".into()))]);
        let rows: [(Attribute, &str); 7] = [
            ("x".into(), "x"),
            (true.into(), "yes"),
            (false.into(), "no"),
            (7.into(), "7"),
            (Vec::<String>::new().into(), "none"),
            (vec!["a", "b"].into(), "a, b"),
            (map.into(), "bucket=b prefix=p/"),
        ];
        for (attribute, words) in rows {
            assert_eq!(attribute.to_string(), words);
        }
    }

    #[test]
    fn what_aws_did_not_say_is_no_attribute() {
        let facts = attributes([("a", None), ("b", Some(false.into()))]);
        assert_eq!(facts.keys().collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn a_region_that_was_not_opted_into_is_not_enabled() {
        let region = |name: &str| name.parse::<Region>().unwrap();
        let regions = AccountRegions {
            account: "111122223333".parse().unwrap(),
            regions: BTreeMap::from([
                (region("eu-west-1"), OptIn::NotRequired),
                (region("me-south-1"), OptIn::NotOptedIn),
                (region("ap-east-1"), OptIn::OptedIn),
            ]),
        };
        let enabled: Vec<&str> = regions.enabled().map(Region::as_str).collect();
        assert_eq!(enabled, ["ap-east-1", "eu-west-1"]);
    }
}
