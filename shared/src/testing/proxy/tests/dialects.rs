//! Each service's own words for pages, and answers in the place of the emulator's.

use hyper::body::Bytes;
use serde_json::{Value, json};

use super::super::{
    Answer, Protocol, Replay, RequestView,
    page::{Whole, Window},
    xml,
};
use super::*;

/// A listing of three items and how its service asks for a page of it.
struct Dialect {
    protocol: Protocol,
    action: &'static str,
    /// The request: a form, a body or a query string, each `TOKEN` and `SIZE` in its place.
    request: &'static str,
    answer: &'static str,
    /// The name of the next token in an answer.
    next: &'static str,
    /// The request that the emulator gets.
    whole: &'static str,
}

const DIALECTS: &[Dialect] = &[
    Dialect {
        protocol: Protocol::Query,
        action: "ec2:DescribeInstances",
        request: "Action=DescribeInstances&NextToken=TOKEN&MaxResults=SIZE",
        answer: "<DescribeInstancesResponse xmlns=\"x\"><requestId>1</requestId><reservationSet><item>#1</item>\
                 <item>#2</item><item>#3</item></reservationSet></DescribeInstancesResponse>",
        next: "nextToken",
        whole: "Action=DescribeInstances",
    },
    Dialect {
        protocol: Protocol::Query,
        action: "rds:DescribeDBClusters",
        request: "Action=DescribeDBClusters&Marker=TOKEN&MaxRecords=SIZE",
        answer: "<R><DescribeDBClustersResult><DBClusters><DBCluster>#1</DBCluster><DBCluster>#2</DBCluster>\
                 <DBCluster>#3</DBCluster></DBClusters></DescribeDBClustersResult></R>",
        next: "Marker",
        whole: "Action=DescribeDBClusters",
    },
    Dialect {
        protocol: Protocol::Query,
        action: "sns:ListTopics",
        request: "Action=ListTopics&NextToken=TOKEN",
        answer: "<R><ListTopicsResult><Topics><member>#1</member><member>#2</member><member>#3</member>\
                 </Topics></ListTopicsResult></R>",
        next: "NextToken",
        whole: "Action=ListTopics",
    },
    Dialect {
        protocol: Protocol::AwsJson,
        action: "kms:ListKeys",
        request: "{\"Marker\":\"TOKEN\",\"Limit\":SIZE}",
        answer: "{\"Keys\":[\"#1\",\"#2\",\"#3\"],\"Truncated\":false}",
        next: "NextMarker",
        whole: "{}",
    },
    Dialect {
        protocol: Protocol::AwsJson,
        action: "dynamodb:ListTables",
        request: "{\"ExclusiveStartTableName\":\"TOKEN\",\"Limit\":SIZE}",
        answer: "{\"TableNames\":[\"#1\",\"#2\",\"#3\"]}",
        next: "LastEvaluatedTableName",
        whole: "{}",
    },
    Dialect {
        protocol: Protocol::AwsJson,
        action: "ecr:DescribeRepositories",
        request: "{\"nextToken\":\"TOKEN\",\"maxResults\":SIZE}",
        answer: "{\"repositories\":[\"#1\",\"#2\",\"#3\"]}",
        next: "nextToken",
        whole: "{}",
    },
    Dialect {
        protocol: Protocol::AwsJson,
        action: "secretsmanager:ListSecrets",
        request: "{\"NextToken\":\"TOKEN\",\"MaxResults\":SIZE}",
        answer: "{\"SecretList\":[\"#1\",\"#2\",\"#3\"]}",
        next: "NextToken",
        whole: "{}",
    },
    // moto pages by itself here, so it is asked for more than any list has.
    Dialect {
        protocol: Protocol::AwsJson,
        action: "organizations:ListRoots",
        request: "{\"NextToken\":\"TOKEN\",\"MaxResults\":SIZE}",
        answer: "{\"Roots\":[\"#1\",\"#2\",\"#3\"]}",
        next: "NextToken",
        whole: "{\"MaxResults\":1000000}",
    },
    Dialect {
        protocol: Protocol::RestJson,
        action: "lambda:ListFunctions",
        request: "Marker=TOKEN&MaxItems=SIZE",
        answer: "{\"Functions\":[\"#1\",\"#2\",\"#3\"]}",
        next: "NextMarker",
        whole: "",
    },
    Dialect {
        protocol: Protocol::RestJson,
        action: "eks:ListClusters",
        request: "include=all&nextToken=TOKEN&maxResults=SIZE",
        answer: "{\"clusters\":[\"#1\",\"#2\",\"#3\"],\"nextToken\":null}",
        next: "nextToken",
        whole: "include=all",
    },
    // A POST with its page in the body.
    Dialect {
        protocol: Protocol::RestJson,
        action: "bedrock:ListAgents",
        request: "{\"maxResults\":SIZE,\"nextToken\":\"TOKEN\"}",
        answer: "{\"agentSummaries\":[\"#1\",\"#2\",\"#3\"]}",
        next: "nextToken",
        whole: "{}",
    },
    Dialect {
        protocol: Protocol::RestXml,
        action: "s3:ListAllMyBuckets",
        request: "x-id=ListBuckets&continuation-token=TOKEN&max-buckets=SIZE",
        answer: "<ListAllMyBucketsResult><Owner><ID>o</ID></Owner><Buckets><Bucket>#1</Bucket><Bucket>#2</Bucket>\
                 <Bucket>#3</Bucket></Buckets></ListAllMyBucketsResult>",
        next: "ContinuationToken",
        whole: "x-id=ListBuckets",
    },
    // No list around the items, and two sorts of them.
    Dialect {
        protocol: Protocol::RestXml,
        action: "s3:ListBucket",
        request: "list-type=2&continuation-token=TOKEN&max-keys=SIZE",
        answer: "<ListBucketResult><Name>b</Name><Contents>#1</Contents><Contents>#2</Contents>\
                 <IsTruncated>false</IsTruncated><CommonPrefixes>#3</CommonPrefixes></ListBucketResult>",
        next: "NextContinuationToken",
        whole: "list-type=2",
    },
    Dialect {
        protocol: Protocol::RestXml,
        action: "s3:ListAccessPoints",
        request: "nextToken=TOKEN&maxResults=SIZE",
        answer: "<ListAccessPointsResult><AccessPointList><AccessPoint>#1</AccessPoint><AccessPoint>#2</AccessPoint>\
                 <AccessPoint>#3</AccessPoint></AccessPointList></ListAccessPointsResult>",
        next: "NextToken",
        whole: "",
    },
];

impl Dialect {
    fn is_xml(&self) -> bool {
        matches!(self.protocol, Protocol::Query | Protocol::RestXml)
    }

    /// A request for a page; the first page has no token.
    fn ask(&self, token: Option<&str>, size: usize) -> RequestView {
        let text = self.request.replace("SIZE", &size.to_string());
        let text = match token {
            Some(token) => text.replace("TOKEN", token),
            None if text.starts_with('{') => {
                let mut fields: Value = serde_json::from_str(&text).unwrap();
                fields.as_object_mut().unwrap().retain(|_, value| *value != "TOKEN");
                fields.to_string()
            }
            None => {
                let pairs = text.split('&').filter(|pair| !pair.ends_with("=TOKEN"));
                pairs.collect::<Vec<_>>().join("&")
            }
        };
        let in_body = self.protocol == Protocol::Query || text.starts_with('{');
        let (body, query) = if in_body { (text, String::new()) } else { (String::new(), text) };
        let (service, action) = self.action.split_once(':').unwrap();
        RequestView { body: body.into(), query, ..view(self.protocol, service, action) }
    }

    fn next_of(&self, page: &str) -> Option<String> {
        if self.is_xml() {
            return xml::first_text(page, self.next).map(str::to_owned);
        }
        let answer: Value = serde_json::from_str(page).unwrap();
        answer.get(self.next).map(|token| token.as_str().unwrap().to_owned())
    }

    /// All pages of this size: the items in each.
    fn walk(&self, size: usize) -> Vec<String> {
        let (mut pages, mut token) = (Vec::new(), None);
        loop {
            let view = self.ask(token.as_deref(), 100);
            let page = Page { size, quirk: Quirk::None };
            let window = Window::read(&view, page).expect(self.action).unwrap();
            let Whole { body, query } = window.whole(&view);
            let asked = if body.is_empty() { query } else { String::from_utf8_lossy(&body).into() };
            assert_eq!(asked, self.whole, "{}", self.action);
            let cut = window.cut(&Bytes::from(self.answer)).expect(self.action);
            let cut = String::from_utf8(cut.to_vec()).unwrap();
            pages.push(cut.matches('#').map(|_| '#').collect());
            token = self.next_of(&cut);
            for mark in ["IsTruncated", "Truncated"] {
                if self.answer.contains(&format!("<{mark}>")) {
                    assert!(
                        cut.contains(&format!("<{mark}>{}</{mark}>", token.is_some())),
                        "{cut}"
                    );
                } else if self.answer.contains(&format!("\"{mark}\"")) {
                    assert!(cut.contains(&format!("\"{mark}\":{}", token.is_some())), "{cut}");
                }
            }
            if token.is_none() {
                return pages;
            }
        }
    }
}

fn view(protocol: Protocol, service: &str, action: &str) -> RequestView {
    RequestView {
        service: service.to_owned(),
        action: action.to_owned(),
        account: None,
        region: "eu-west-1".to_owned(),
        protocol,
        access_key: None,
        path: "/".to_owned(),
        query: String::new(),
        body: Bytes::new(),
    }
}

#[test]
fn each_service_pages_in_its_own_words() {
    for dialect in DIALECTS {
        assert_eq!(dialect.walk(1), ["#", "#", "#"], "{}", dialect.action);
        assert_eq!(dialect.walk(2), ["##", "#"], "{}", dialect.action);
        assert_eq!(dialect.walk(3), ["###"], "{}", dialect.action);
    }
}

#[test]
fn who_asks_for_less_gets_less_and_a_strange_token_is_told() {
    for dialect in DIALECTS {
        let page = Page { size: 2, quirk: Quirk::None };
        if dialect.request.contains("SIZE") {
            let view = dialect.ask(None, 1);
            let window = Window::read(&view, page).unwrap().unwrap();
            let cut = window.cut(&Bytes::from(dialect.answer)).unwrap();
            let items = String::from_utf8_lossy(&cut).matches('#').count();
            assert_eq!(items, 1, "{}", dialect.action);
        }
        let strange = dialect.ask(Some("made-up"), 2);
        assert!(Window::read(&strange, page).unwrap().is_err(), "{}", dialect.action);
    }
}

#[tokio::test]
async fn what_is_replayed_is_patched_and_paged() {
    let upstream = Upstream::start(&[]).await;
    let answer = Replay::new(|view| {
        let keys = json!({ "Keys": ["a", "b", "c"] });
        (view.region == "us-east-1").then(|| Answer::json(&keys))
    });
    let upper = Patch::custom("upper", |_, body| {
        String::from_utf8_lossy(&body).replace("\"a\"", "\"A\"").into_bytes().into()
    });
    let plan = Plan::default()
        .rule(Match::action("kms:ListKeys"), Fault::page(2))
        .rule(Match::action("kms:ListKeys"), Fault::Patch(upper))
        .rule(Match::action("kms:ListKeys"), Fault::Replay(answer));
    let proxy = upstream.proxied(plan).await;
    let ask = json("kms", "TrentService.ListKeys", "{}");
    let (status, page) = ask.send(&proxy).await;
    let page: Value = serde_json::from_str(&page).unwrap();
    assert_eq!((status, &page["Keys"]), (200, &json!(["A", "b"])));
    assert!(page["NextMarker"].is_string() && page["Truncated"] == true, "{page}");
    assert!(upstream.seen().is_empty(), "the emulator was asked");
    // Elsewhere there is no answer to replay.
    Ask { region: "eu-west-1", ..ask }.send(&proxy).await;
    assert_eq!(upstream.seen().len(), 1);
    assert_eq!(faults(&proxy), ["replay+patch:upper+page", ""]);
}

#[tokio::test]
async fn errors_are_replayed_in_the_words_of_each_protocol() {
    let upstream = Upstream::start(&[]).await;
    let none = Replay::new(|view| Some(Answer::error(view, 404, "NoSuch<Thing>", "no <thing>")));
    let proxy = upstream.proxied(Plan::default().rule(Match::any(), Fault::Replay(none))).await;
    let rows = [
        (form("sns", "Action=ListTopics"), "<Code>NoSuch<Thing></Code><Message>no &lt;thing&gt;"),
        (json("kms", "TrentService.ListKeys", "{}"), "\"__type\":\"NoSuch<Thing>\""),
        (rest("s3", "GET", "/b?policy"), "<Error><Code>NoSuch<Thing></Code>"),
        (
            rest("s3", "GET", "/v20180820/accesspoint/a"),
            "<ErrorResponse><Error><Code>NoSuch<Thing>",
        ),
        (rest("eks", "GET", "/clusters/x"), "{\"message\":\"no <thing>\"}"),
    ];
    for (ask, words) in rows {
        let (status, body) = ask.send(&proxy).await;
        assert!(status == 404 && body.contains(words), "{body}");
    }
}

#[tokio::test]
async fn ec2_and_sns_refuse_in_words_of_their_own() {
    let upstream = Upstream::start(&[]).await;
    let deny = Plan::default().rule(Match::any(), Fault::Deny { by: super::super::Layer::Scp });
    let proxy = upstream.proxied(deny).await;
    for (ask, code) in [
        (
            form("ec2", "Action=DescribeInstances"),
            "<Response><Errors><Error><Code>UnauthorizedOperation<",
        ),
        (form("sns", "Action=ListTopics"), "<Code>AuthorizationError<"),
        (form("rds", "Action=DescribeDBClusters"), "<Code>AccessDenied<"),
    ] {
        let (status, body) = ask.send(&proxy).await;
        assert!(status == 403 && body.contains(code), "{body}");
        assert!(body.contains("with an explicit deny in a service control policy"), "{body}");
    }
}
