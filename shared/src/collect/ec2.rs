//! EC2 in one region → its instances.
//!
//! An instance that was terminated is shown for about an hour longer, with that state.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html>

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, Instance, InstanceNetworkInterface, Reservation};

use super::Focus;
use super::resources::{acts_as, arn, number, sorted, text};
use super::stages::{Look, Seen, Staged, call, capability};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::aws::time;
use crate::model::resource::{Attribute, Attributes, Resource, ResourceType, attributes};
use crate::model::{Arn, Entity, Kind, Tags};

/// Collects the EC2 instances of a region.
#[derive(Clone, Copy, Debug)]
pub struct Ec2;

const INSTANCES: &str = "instances";

const DESCRIBE_INSTANCES: Call = call(
    "ec2:DescribeInstances",
    INSTANCES,
    Tier::Three,
    "lists the EC2 instances",
    "EC2 instances, and which instance profile each acts with",
);

/// Instances on a page. AWS allows 1,000; a page is kept well below what the function's memory holds.
const PAGE: i32 = 500;

#[async_trait]
impl Staged for Ec2 {
    type Client = Client;

    const NAME: &'static str = "ec2";
    const PLACE: Place = Place::EachRegion;
    const CALLS: &'static [Call] = &[DESCRIBE_INSTANCES];
    const CAPABILITIES: &'static [CapabilityInfo] =
        &[capability(INSTANCES, &[Kind::Resource], None)];

    fn client(context: &Context) -> Client {
        context.session.ec2(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_, Client>) -> Result<(), Interrupted> {
        let (context, client) = (look.context, look.client.clone());
        // A filter shows nothing of an id that is nobody's, where asking for the id is an error.
        let ids = |focus: &Focus| -> Vec<String> {
            let arns = focus.arns();
            let ids = arns.iter().map(Arn::name).filter(|name| name.starts_with("i-"));
            ids.map(str::to_owned).collect()
        };
        let ids = context.focus().filter(|focus| focus.names().is_some()).map(ids);
        if ids.as_ref().is_some_and(Vec::is_empty) {
            look.sink.complete(INSTANCES);
            return Ok(());
        }
        let named = ids
            .map(|ids| vec![Filter::builder().name("instance-id").set_values(Some(ids)).build()]);
        let request = |token: Option<String>| {
            // Those that a service runs (EKS, for one) may be hidden from who does not ask for them.
            client
                .describe_instances()
                .include_managed_resources(true)
                .set_filters(named.clone())
                .max_results(PAGE)
                .set_next_token(token)
                .send()
        };
        look.pages(INSTANCES, &DESCRIBE_INSTANCES, request, |answer| {
            let reservations = answer.reservations.unwrap_or_default();
            let instances = reservations.iter().flat_map(Reservation::instances);
            let seen: Seen = instances.map(|instance| read(context, instance)).collect();
            (seen, answer.next_token)
        })
        .await
    }
}

fn read(context: &Context, instance: &Instance) -> Seen {
    let Some(id) = instance.instance_id().filter(|id| !id.is_empty()) else {
        return Seen::aside("an instance", "it has no id");
    };
    let arn = match arn(context, "ec2", &format!("instance/{id}")) {
        Ok(arn) => arn,
        Err(error) => return Seen::aside(format!("instance {id:?}"), error.to_string()),
    };
    let mut seen = Seen::default();
    let profile = instance.iam_instance_profile().and_then(|profile| profile.arn());
    let tags: Tags = instance
        .tags()
        .iter()
        .filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned())))
        .collect();
    let acts_as = acts_as(&mut seen, &arn, [profile]);
    seen.entities.push(Entity::Resource(Resource {
        arn,
        resource_type: ResourceType::Instance,
        name: tags
            .get("Name")
            .filter(|name| !name.is_empty())
            .map_or(id, String::as_str)
            .to_owned(),
        // What AWS tells is the time of the last start (`launch-time`).
        created: None,
        state: instance.state().and_then(|state| state.name()).map(|it| it.as_str().to_owned()),
        parent: None,
        acts_as,
        tags: Some(tags),
        attributes: facts(instance),
    }));
    seen
}

fn facts(instance: &Instance) -> Attributes {
    let placement = instance.placement();
    let metadata = instance.metadata_options();
    let groups = instance.security_groups().iter().filter_map(|group| group.group_id());
    let interfaces = instance.network_interfaces().iter();
    let ipv6 = interfaces
        .flat_map(InstanceNetworkInterface::ipv6_addresses)
        .filter_map(|address| address.ipv6_address());
    attributes([
        ("instance-id", text(instance.instance_id())),
        ("instance-type", text(instance.instance_type())),
        ("architecture", text(instance.architecture())),
        ("image-id", text(instance.image_id())),
        ("platform", text(instance.platform_details())),
        ("launch-time", time::optional(instance.launch_time()).map(Attribute::from)),
        ("availability-zone", text(placement.and_then(|placement| placement.availability_zone()))),
        ("vpc-id", text(instance.vpc_id())),
        ("subnet-id", text(instance.subnet_id())),
        ("security-groups", sorted(groups)),
        ("private-ip-address", text(instance.private_ip_address())),
        ("public-ip-address", text(instance.public_ip_address())),
        ("ipv6-addresses", sorted(ipv6)),
        ("private-dns-name", text(instance.private_dns_name())),
        ("public-dns-name", text(instance.public_dns_name())),
        ("key-name", text(instance.key_name())),
        // Whoever can reach the metadata service of an instance acts with its profile.
        ("metadata-endpoint", text(metadata.and_then(|it| it.http_endpoint()))),
        ("metadata-tokens", text(metadata.and_then(|it| it.http_tokens()))),
        ("metadata-hop-limit", number(metadata.and_then(|it| it.http_put_response_hop_limit))),
        ("lifecycle", text(instance.instance_lifecycle())),
        ("operator", text(instance.operator().and_then(|it| it.principal()))),
    ])
}

#[cfg(test)]
mod tests;
