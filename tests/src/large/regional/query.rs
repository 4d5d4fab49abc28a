//! The services that are asked by forms: EC2, RDS and SNS.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;

use super::{Asked, REGIONS, Shape, arn, each, with_type};

pub(super) fn answer(asked: &Asked, shape: Shape) -> Response<Full<Bytes>> {
    let action = asked.action.as_str();
    let body = match asked.service.as_str() {
        "ec2" => ec2(asked, shape),
        "rds" => wrapped(action, &rds(asked, shape)),
        _ => wrapped(action, &sns(asked, shape)),
    };
    with_type("text/xml", body)
}

fn wrapped(action: &str, result: &str) -> String {
    format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>")
}

fn ec2(asked: &Asked, shape: Shape) -> String {
    match asked.action.as_str() {
        "DescribeRegions" => {
            let item = |name: &&str| {
                format!(
                    "<item><regionName>{name}</regionName><optInStatus>opt-in-not-required</optInStatus></item>"
                )
            };
            let items = REGIONS.iter().take(shape.regions).map(item).collect::<Vec<_>>().concat();
            format!(
                "<DescribeRegionsResponse><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
            )
        }
        "DescribeInstances" => {
            let items = each(shape, "", |n| {
                format!(
                    "<item><instanceId>i-{n:017x}</instanceId><instanceType>t3.micro</instanceType>\
                     <instanceState><code>16</code><name>running</name></instanceState></item>"
                )
            });
            format!(
                "<DescribeInstancesResponse><reservationSet><item><ownerId>{}</ownerId><instancesSet>{items}\
                 </instancesSet></item></reservationSet></DescribeInstancesResponse>",
                asked.caller
            )
        }
        other => format!("<{other}Response/>"),
    }
}

fn rds(asked: &Asked, shape: Shape) -> String {
    let (list, kind, short) = match asked.action.as_str() {
        "DescribeDBInstances" => ("DBInstances", "DBInstance", "db"),
        "DescribeDBClusters" => ("DBClusters", "DBCluster", "cluster"),
        _ => return String::new(),
    };
    let items = each(shape, "", |n| {
        let arn = arn(asked, &format!("{short}:db-{n}"));
        format!(
            "<{kind}><{kind}Identifier>db-{n}</{kind}Identifier><{kind}Arn>{arn}</{kind}Arn>\
             <Engine>postgres</Engine></{kind}>"
        )
    });
    format!("<{list}>{items}</{list}>")
}

fn sns(asked: &Asked, shape: Shape) -> String {
    match asked.action.as_str() {
        "ListTopics" => {
            let topics = each(shape, "", |n| {
                let arn = arn(asked, &format!("topic-{n}"));
                format!("<member><TopicArn>{arn}</TopicArn></member>")
            });
            format!("<Topics>{topics}</Topics>")
        }
        "GetTopicAttributes" => {
            let topic = asked.field("TopicArn").replace("%3A", ":");
            format!(
                "<Attributes><entry><key>TopicArn</key><value>{topic}</value></entry></Attributes>"
            )
        }
        _ => String::new(),
    }
}
