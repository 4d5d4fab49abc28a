//! EC2 instances.

use std::net::IpAddr;

use super::shape::{Cloud, Device, Image, OperatingSystem, millis};
use crate::model::resource::{Attribute, Resource};
use crate::model::{Region, Stored};

/// An instance. Its attributes are those that `collect/ec2.rs` makes of `DescribeInstances`.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html>
pub(super) fn device(it: &Resource, stored: &Stored, cloud: &Cloud) -> Device {
    let text = |name: &str| match it.attributes.get(name) {
        Some(Attribute::Text(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    let region = cloud.region.clone();
    Device {
        created_time: it.created.map(millis),
        first_seen_time: millis(stored.first_seen),
        hostname: text("private-dns-name"),
        image: text("image-id").map(|uid| Image { uid }),
        instance_uid: it.arn.name().to_owned(),
        ip: text("private-ip-address").filter(|ip| ip.parse::<IpAddr>().is_ok()),
        last_seen_time: millis(stored.last_seen),
        model: text("instance-type"),
        name: it.name.clone(),
        org: cloud.org.clone(),
        os: text("platform").map(operating_system),
        region: region.unwrap_or_else(|| Region::GLOBAL.to_owned()),
        subnet_uid: text("subnet-id"),
        kind: "Virtual",
        type_id: 6,
        uid: it.arn.to_string(),
        vendor_name: "AWS",
        vpc_uid: text("vpc-id"),
    }
}

/// The system that AWS bills an instance for, for example `Linux/UNIX` or `Windows with SQL Server Web`.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-info-fields.html>
fn operating_system(name: String) -> OperatingSystem {
    let (type_id, kind) = if name.starts_with("Windows") {
        (100, "Windows")
    } else if ["Linux", "SUSE", "Ubuntu"].iter().any(|word| name.contains(word)) {
        (200, "Linux")
    } else {
        (0, "Unknown")
    };
    OperatingSystem { name, kind, type_id }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The collector is behind the feature `aws`, which this room does without: its source alone is at hand.
    #[test]
    fn every_attribute_that_is_read_is_written_by_the_collector() {
        let writer = include_str!("../../collect/ec2.rs");
        let reader = include_str!("device.rs").split("mod tests").next().unwrap();
        let name = |part: &str| part.split_once('"').map(|(name, _)| name.to_owned());
        let names: Vec<String> = reader.split(" text(\"").skip(1).filter_map(name).collect();
        for expected in ["platform", "image-id"] {
            assert!(names.iter().any(|name| name == expected), "{names:?}");
        }
        for name in &names {
            assert!(writer.contains(&format!("(\"{name}\", text(")), "{name}");
        }
    }

    #[test]
    fn systems_by_what_is_billed() {
        let rows = [
            ("Linux/UNIX", 200),
            ("Red Hat Enterprise Linux with HA", 200),
            ("Ubuntu Pro", 200),
            ("Windows with SQL Server Web", 100),
            ("Windows BYOL", 100),
            ("something new", 0),
        ];
        for (name, type_id) in rows {
            assert_eq!(operating_system(name.to_owned()).type_id, type_id, "{name}");
        }
    }
}
