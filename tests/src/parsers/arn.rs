//! ARNs: UTF-8 text.

use accesstrail_shared::model::Arn;

use super::is_written_as;

pub(super) fn check(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let Ok(arn) = text.parse::<Arn>() else { return };
    is_written_as(&arn, text);
    assert!(!text.chars().any(char::is_control), "{text:?}");

    let account = arn.account().map(|account| account.to_string()).unwrap_or_default();
    let (partition, service, region) = (arn.partition(), arn.service(), arn.region());
    let resource = arn.resource();
    assert_eq!(format!("arn:{partition}:{service}:{region}:{account}:{resource}"), text);
    assert!(resource.ends_with(arn.name()) && !arn.name().contains('/'), "{text}");

    let form = serde_json::to_string(&arn).unwrap();
    assert_eq!(serde_json::from_str::<Arn>(&form).unwrap(), arn);
}
