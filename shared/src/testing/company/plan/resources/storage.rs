//! The answers of S3 and of its control plane, whose XML moto does not write as the SDK wants it.

use std::sync::Arc;

use super::{HOME, nothing};
use crate::testing::{
    company::{
        derived,
        document::Document,
        plan::{Correction, Facts},
        resources::data::{
            ACCESS_POINTS, AccessPoint, BLOCKED_ACCOUNTS, BUCKETS, Bucket, MULTI_REGION,
            MultiRegionAccessPoint,
        },
    },
    proxy::{Answer, RequestView},
};

const BLOCKED: &str = "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>\
    <BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>";

pub(super) fn all(facts: &Arc<Facts>) -> Vec<Correction> {
    let mut all =
        vec![location(), encryption(), account_block(facts), versioning(), notification()];
    all.extend(access_points(facts));
    all.extend(multi_region(facts));
    all
}

fn bucket(name: &str) -> Option<&'static Bucket> {
    BUCKETS.iter().find(|bucket| bucket.name == name)
}

/// moto makes no bucket in `EU`.
fn location() -> Correction {
    let shows = "a bucket from the time when Ireland was called `EU`";
    Correction::replay("s3:GetBucketLocation", shows, |view| {
        bucket(&view.segment(0)?).filter(|bucket| bucket.is_old).map(|_| {
            Answer::xml(
                "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">EU</LocationConstraint>"
                    .to_owned(),
            )
        })
    })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html>
fn encryption() -> Correction {
    let shows = "S3's own encryption, which every bucket has that has no other";
    Correction::replay("s3:GetEncryptionConfiguration", shows, |view| {
        bucket(&view.segment(0)?).filter(|bucket| bucket.key.is_none()).map(|_| {
            Answer::xml(
                "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
                 <SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>\
                 <BucketKeyEnabled>false</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>"
                    .to_owned(),
            )
        })
    })
}

/// moto names the root of an empty answer after the action.
fn versioning() -> Correction {
    let shows = "buckets that were never versioned";
    Correction::text("s3:GetBucketVersioning", shows, |_, text| {
        Some(text.replace("GetBucketVersioningResponse", "VersioningConfiguration"))
    })
}

/// As above.
fn notification() -> Correction {
    let shows = "buckets that notify nobody";
    Correction::text("s3:GetBucketNotification", shows, |_, text| {
        Some(text.replace("GetBucketNotificationResponse", "NotificationConfiguration"))
    })
}

fn account_block(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    Correction::replay("s3:GetAccountPublicAccessBlock", "the whole answer", move |view| {
        Some(if BLOCKED_ACCOUNTS.contains(&facts.key(view)) {
            Answer::xml(format!(
                "<PublicAccessBlockConfiguration>{BLOCKED}</PublicAccessBlockConfiguration>"
            ))
        } else {
            nothing(view, "NoSuchPublicAccessBlockConfiguration")
        })
    })
}

/// The policy of an access point, or that there is none.
fn policy(
    facts: &Facts,
    view: &RequestView,
    policy: Option<Document>,
    (before, after, none): (&str, &str, &'static str),
) -> Answer {
    let Some(policy) = policy else { return nothing(view, none) };
    let document = policy.render(&facts.company.accounts).replace('&', "&amp;");
    Answer::xml(format!("{before}{}{after}", document.replace('<', "&lt;")))
}

fn access_points(facts: &Arc<Facts>) -> Vec<Correction> {
    const NO_POLICY: &str = "NoSuchAccessPointPolicy";
    let here = |facts: &Arc<Facts>| {
        let facts = Arc::clone(facts);
        move |view: &RequestView| {
            let name = view.segment(2)?;
            ACCESS_POINTS.iter().find(|one| facts.is_at(view, one.place) && one.name == name)
        }
    };
    let (list, get, read) = (Arc::clone(facts), Arc::clone(facts), Arc::clone(facts));
    let (got, had, status) = (here(facts), here(facts), here(facts));
    vec![
        Correction::replay("s3:ListAccessPoints", "the whole answer", move |view| {
            let here = ACCESS_POINTS.iter().filter(|one| list.is_at(view, one.place));
            let items: Vec<_> = here
                .map(|one| format!("<AccessPoint>{}</AccessPoint>", facts_of(&list, one)))
                .collect();
            let items = items.concat();
            Some(Answer::xml(format!(
                "<ListAccessPointsResult><AccessPointList>{items}</AccessPointList></ListAccessPointsResult>"
            )))
        }),
        Correction::replay("s3:GetAccessPoint", "the whole answer", move |view| {
            let Some(one) = got(view) else { return Some(nothing(view, "NoSuchAccessPoint")) };
            let made = get.calendar.made(derived::age(one.name), one.name).xml();
            Some(Answer::xml(format!(
                "<GetAccessPointResult>{}<PublicAccessBlockConfiguration>{BLOCKED}\
                 </PublicAccessBlockConfiguration><CreationDate>{made}</CreationDate></GetAccessPointResult>",
                facts_of(&get, one)
            )))
        }),
        Correction::replay("s3:GetAccessPointPolicy", "the whole answer", move |view| {
            let document = had(view).and_then(|one| one.policy);
            let around = (
                "<GetAccessPointPolicyResult><Policy>",
                "</Policy></GetAccessPointPolicyResult>",
                NO_POLICY,
            );
            Some(policy(&read, view, document, around))
        }),
        Correction::replay("s3:GetAccessPointPolicyStatus", "the whole answer", move |view| {
            Some(match status(view).and_then(|one| one.policy) {
                None => nothing(view, NO_POLICY),
                Some(_) => Answer::xml(
                    "<GetAccessPointPolicyStatusResult><PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>\
                     </GetAccessPointPolicyStatusResult>"
                        .to_owned(),
                ),
            })
        }),
    ]
}

fn facts_of(facts: &Facts, one: &AccessPoint) -> String {
    let account = facts.company.account(one.place.account).unwrap_or_default();
    let (name, region) = (one.name, one.place.region);
    let origin = match one.vpc {
        Some(vpc) => format!(
            "<NetworkOrigin>VPC</NetworkOrigin><VpcConfiguration><VpcId>{vpc}</VpcId></VpcConfiguration>"
        ),
        None => "<NetworkOrigin>Internet</NetworkOrigin>".to_owned(),
    };
    format!(
        "<Name>{name}</Name>{origin}<Bucket>{}</Bucket>\
         <AccessPointArn>arn:aws:s3:{region}:{account}:accesspoint/{name}</AccessPointArn>\
         <Alias>{name}-{:016x}-s3alias</Alias><BucketAccountId>{account}</BucketAccountId>",
        one.bucket,
        derived::hash(name)
    )
}

fn multi_region(facts: &Arc<Facts>) -> Vec<Correction> {
    const NO_POLICY: &str = "NoSuchAccessPointPolicy";
    let here = |facts: &Arc<Facts>| {
        let facts = Arc::clone(facts);
        move |view: &RequestView| {
            let name = view.segment(3)?;
            MULTI_REGION.iter().find(|one| facts.key(view) == one.account && one.name == name)
        }
    };
    let (list, read) = (Arc::clone(facts), Arc::clone(facts));
    let (had, status) = (here(facts), here(facts));
    vec![
        Correction::replay("s3:ListMultiRegionAccessPoints", "the whole answer", move |view| {
            let here = MULTI_REGION.iter().filter(|one| list.key(view) == one.account);
            let items: Vec<_> = here
                .map(|one| format!("<AccessPoint>{}</AccessPoint>", facts_of_all(&list, one)))
                .collect();
            let items = items.concat();
            Some(Answer::xml(format!(
                "<ListMultiRegionAccessPointsResult><AccessPoints>{items}</AccessPoints>\
                 </ListMultiRegionAccessPointsResult>"
            )))
        }),
        Correction::replay("s3:GetMultiRegionAccessPointPolicy", "the whole answer", move |view| {
            let document = had(view).and_then(|one| one.policy);
            let around = (
                "<GetMultiRegionAccessPointPolicyResult><Policy><Established><Policy>",
                "</Policy></Established></Policy></GetMultiRegionAccessPointPolicyResult>",
                NO_POLICY,
            );
            Some(policy(&read, view, document, around))
        }),
        Correction::replay(
            "s3:GetMultiRegionAccessPointPolicyStatus",
            "the whole answer",
            move |view| {
                Some(match status(view).and_then(|one| one.policy) {
                    None => nothing(view, NO_POLICY),
                    Some(_) => Answer::xml(
                        "<GetMultiRegionAccessPointPolicyStatusResult><Established><IsPublic>false</IsPublic>\
                         </Established></GetMultiRegionAccessPointPolicyStatusResult>"
                            .to_owned(),
                    ),
                })
            },
        ),
    ]
}

fn facts_of_all(facts: &Facts, one: &MultiRegionAccessPoint) -> String {
    let account = facts.company.account(one.account).unwrap_or_default();
    let made = facts.calendar.made(derived::age(one.name), one.name).xml();
    format!(
        "<Name>{}</Name><Alias>{}</Alias><CreatedAt>{made}</CreatedAt><PublicAccessBlock>{BLOCKED}\
         </PublicAccessBlock><Status>READY</Status><Regions><Region><Bucket>{}</Bucket><Region>{HOME}</Region>\
         <BucketAccountId>{account}</BucketAccountId></Region></Regions>",
        one.name, one.alias, one.bucket
    )
}
