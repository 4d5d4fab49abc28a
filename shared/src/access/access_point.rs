//! Access points of buckets. What goes through one is decided twice, on the access point by its policy, and on the bucket by
//! the bucket's; both must permit it.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>

use std::borrow::Cow;

use super::estate::Estate;
use super::facts::Given;
use super::target::{Target, parts};
use crate::policy::evaluate::Decision;

/// What is behind an access point that a request goes through.
#[derive(Clone, Debug)]
pub(super) struct Behind {
    /// The bucket, or the object in it.
    pub(super) resource: String,
    /// Its policy.
    pub(super) target: Target,
    /// What a request says of the access point that it goes through, whatever it is asked on.
    said: Vec<(String, Vec<String>)>,
}

impl Behind {
    /// What is behind an access point; `None` where that, or which it is, was not collected.
    pub(super) fn of(estate: &Estate, action: &str, resource: &str) -> Option<Self> {
        let (point, known) = estate.resource(resource)?;
        let bucket = known.parent.as_deref()?;
        estate.resources.get(bucket)?;
        let inside = match resource.strip_prefix(point)?.strip_prefix("/object/") {
            Some(key) => format!("{bucket}/{key}"),
            None => bucket.to_owned(),
        };
        let mut said = vec![("s3:DataAccessPointArn".to_owned(), vec![point.to_owned()])];
        if let Some(account) = point.split(':').nth(4) {
            said.push(("s3:DataAccessPointAccount".to_owned(), vec![account.to_owned()]));
        }
        if let Some(network) = &known.network {
            said.push(("s3:AccessPointNetworkOrigin".to_owned(), vec![network.to_string()]));
        }
        let target = Target::of(estate, action, &inside);
        Some(Self { resource: inside, target, said })
    }
}

/// What is done to an access point itself, besides what has it in its name.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
const OF_ITSELF: &[&str] = &["s3:tagresource", "s3:untagresource", "s3:listtagsforresource"];

/// Whether a request on a resource goes through an access point: what is done to the access point itself does not. Those of
/// directory buckets, Object Lambda and Outposts are access points too, of which nothing more is known.
pub(super) fn is_entered(action: &str, resource: &str) -> bool {
    let (service, rest) = parts(resource);
    let is_access_point = match service {
        "s3" => !resource.contains(":s3:::") && rest.starts_with("accesspoint/"),
        "s3express" | "s3-object-lambda" => rest.starts_with("accesspoint/"),
        "s3-outposts" => rest.contains("/accesspoint/"),
        _ => false,
    };
    let action = action.to_lowercase();
    is_access_point && !action.contains("accesspoint") && !OF_ITSELF.contains(&action.as_str())
}

/// What is said about a request, and about the access point that it goes through, if any.
pub(super) fn said<'g>(target: &Target, given: Given<'g>) -> Cow<'g, [(String, Vec<String>)]> {
    match &target.behind {
        None => Cow::Borrowed(given),
        Some(behind) => Cow::Owned([&behind.said, given].concat()),
    }
}

/// The decision on a request through an access point, from that on the access point and that on the bucket. `is_same` says
/// whether who asks is of the bucket's account.
///
/// That a policy of the access point is effective only where the bucket allows the same is documented. Whether the policies
/// of the bucket's own account need to name the bucket beside the access point is not: where nothing is said about the
/// bucket, the answer is not known.
pub(super) fn through(point: Decision, bucket: Decision, is_same: bool) -> Decision {
    use Decision::{Allowed, Conditional, ExplicitlyDenied, ImplicitlyDenied, Unknown};
    match (point, bucket) {
        (ExplicitlyDenied, _) | (_, ExplicitlyDenied) => ExplicitlyDenied,
        (ImplicitlyDenied, _) => ImplicitlyDenied,
        (_, ImplicitlyDenied) if is_same => Unknown,
        (_, ImplicitlyDenied) => ImplicitlyDenied,
        (Unknown, _) | (_, Unknown) => Unknown,
        (Allowed, Allowed) => Allowed,
        (Allowed | Conditional, Allowed | Conditional) => Conditional,
    }
}
