//! Refused, slowed, lost and cut calls.

use std::time::Duration;

use super::super::{Layer, Occurrence, ThrottleCode};
use super::*;

const LIST: &str = "Action=ListUsers&Version=2010-05-08";

fn always(fault: Fault) -> Plan {
    Plan::default().rule(Match::any(), fault)
}

#[tokio::test]
async fn denials_are_worded_per_protocol_and_layer() {
    let upstream = Upstream::start(&[]).await;
    let proxy = upstream.proxied(Plan::default()).await;
    let who =
        "User: arn:aws:sts::123456789012:assumed-role/caller/session is not authorized to perform:";
    let layers = [
        (Layer::Identity, " because no identity-based policy allows the iam:ListUsers action"),
        (Layer::Session, " because no session policy allows the iam:ListUsers action"),
        (Layer::Scp, " with an explicit deny in a service control policy"),
        (Layer::Boundary, " with an explicit deny in a permissions boundary"),
        (Layer::Resource, " with an explicit deny in a resource-based policy"),
        (Layer::Unsaid, ""),
    ];
    for (by, reason) in layers {
        proxy.set_plan(always(Fault::Deny { by }));
        let (status, body) = form("iam", LIST).send(&proxy).await;
        let expected = format!(
            "<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{who} iam:ListUsers on \
             resource: *{reason}</Message></Error>"
        );
        assert_eq!(status, 403);
        assert!(body.contains(&expected), "{body}");
    }
    proxy.set_plan(always(Fault::Deny { by: Layer::Scp }));
    let (status, body) =
        json("organizations", "AWSOrganizationsV20161128.ListRoots", "{}").send(&proxy).await;
    assert_eq!(status, 400);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["__type"], "AccessDeniedException");
    let words = format!(
        "{who} organizations:ListRoots on resource: * with an explicit deny in a service control policy"
    );
    assert_eq!(body["Message"], words);
    let (status, body) = rest("s3", "GET", "/bucket").send(&proxy).await;
    assert!(status == 403 && body.contains("<Error><Code>AccessDenied</Code>"), "{body}");
    assert_eq!(rest("lambda", "GET", "/2015-03-31/functions").send(&proxy).await.0, 403);
    let role = "Action=AssumeRole&RoleArn=arn:aws:iam::111122223333:role/reader";
    let (_, body) = form("sts", role).send(&proxy).await;
    assert!(body.contains("sts:AssumeRole on resource: arn:aws:iam::111122223333:role/reader"));
    assert!(upstream.seen().is_empty(), "a refused call reached the emulator");
}

#[tokio::test]
async fn throttles_expiry_status_and_answers() {
    let upstream = Upstream::start(&[]).await;
    let proxy = upstream.proxied(Plan::default()).await;
    let cases = [
        (ThrottleCode::Throttling, 400),
        (ThrottleCode::ThrottlingException, 400),
        (ThrottleCode::TooManyRequestsException, 400),
        (ThrottleCode::RequestLimitExceeded, 503),
    ];
    for (code, expected) in cases {
        proxy.set_plan(always(Fault::throttle(code)));
        for ask in [form("iam", LIST), json("sso", "SWBExternalService.ListInstances", "{}")] {
            let (status, body) = ask.send(&proxy).await;
            assert_eq!(status, expected);
            assert!(body.contains(code.as_str()) && body.contains("Rate exceeded"), "{body}");
        }
    }
    let code = ThrottleCode::TooManyRequestsException;
    proxy.set_plan(always(Fault::Throttle { code, status: 429 }));
    assert_eq!(rest("lambda", "GET", "/2015-03-31/functions").send(&proxy).await.0, 429);
    proxy.set_plan(always(Fault::ExpireToken));
    let (status, body) = form("iam", LIST).send(&proxy).await;
    assert!(status == 403 && body.contains("<Code>ExpiredToken</Code>"), "{body}");
    let (status, body) = json("sso", "SWBExternalService.ListInstances", "{}").send(&proxy).await;
    assert!(status == 400 && body.contains("\"ExpiredTokenException\""), "{body}");
    proxy.set_plan(always(Fault::Status(500)));
    assert_eq!(form("iam", LIST).send(&proxy).await, (500, String::new()));
    let body = Bytes::from_static(b"<Replayed/>");
    proxy.set_plan(always(Fault::Answer {
        status: 200,
        body,
        content_type: "text/xml".to_owned(),
    }));
    assert_eq!(form("iam", LIST).send(&proxy).await, (200, "<Replayed/>".to_owned()));
    assert!(upstream.seen().is_empty());
}

#[tokio::test]
async fn matches_by_action_region_body_and_occurrence() {
    let upstream = Upstream::start(&[]).await;
    let hits = async |when: Match, asks: &[Ask]| {
        let proxy = upstream.proxied(Plan::default().rule(when, Fault::Status(503))).await;
        let mut hits = Vec::new();
        for ask in asks {
            hits.push(ask.send(&proxy).await.0 == 503);
        }
        hits
    };
    let list = form("iam", "Action=ListUsers&UserName=ana");
    let get = form("iam", "Action=GetUser&UserName=ana");
    let far = Ask { region: "eu-west-1", ..form("sts", "Action=GetCallerIdentity") };
    let three = [list.clone(), get, far];
    assert_eq!(hits(Match::action("iam:ListUsers"), &three).await, [true, false, false]);
    assert_eq!(hits(Match::action("iam:*"), &three).await, [true, true, false]);
    assert_eq!(hits(Match::action("iam:Get*"), &three).await, [false, true, false]);
    assert_eq!(hits(Match::any().in_region("eu-west-1"), &three).await, [false, false, true]);
    assert_eq!(hits(Match::any().with_body("UserName=ana"), &three).await, [true, true, false]);
    let four = [list.clone(), list.clone(), list.clone(), list];
    assert_eq!(hits(Match::any().nth(2), &four).await, [false, true, false, false]);
    assert_eq!(hits(Match::any().between(2, 3), &four).await, [false, true, true, false]);
    assert_eq!(Match::any().nth(2).occurrence(), Occurrence::Between { first: 2, last: 2 });
}

#[tokio::test]
async fn chance_is_the_same_in_every_run_and_order() {
    let upstream = Upstream::start(&[]).await;
    let throttled = async |seed: u64, backwards: bool| {
        let fault = Fault::throttle(ThrottleCode::Throttling);
        let plan = Plan::default().rule(Match::any().chance(300, seed), fault);
        let proxy = upstream.proxied(plan).await;
        let mut numbers: Vec<u32> = (0..200).collect();
        if backwards {
            numbers.reverse();
        }
        let mut victims = Vec::new();
        for number in numbers {
            let ask = form("iam", &format!("Action=GetUser&UserName=u{number}"));
            if ask.send(&proxy).await.0 == 400 {
                victims.push(number);
            }
        }
        victims.sort_unstable();
        victims
    };
    let victims = throttled(7, false).await;
    assert!((40..=80).contains(&victims.len()), "{}", victims.len());
    assert_eq!(victims, throttled(7, true).await);
    assert_ne!(victims, throttled(8, false).await);
}

#[tokio::test]
async fn a_repeated_call_draws_again() {
    let upstream = Upstream::start(&[]).await;
    let plan = Plan::default().rule(Match::any().chance(500, 1), Fault::Status(503));
    let proxy = upstream.proxied(plan).await;
    let mut hits = 0;
    for _ in 0..100 {
        hits += u32::from(form("iam", LIST).send(&proxy).await.0 == 503);
    }
    assert!((30..=70).contains(&hits), "{hits}");
}

#[tokio::test]
async fn delays_add_up_and_come_first() {
    let upstream = Upstream::start(&[]).await;
    let plan = Plan::default()
        .rule(Match::any(), Fault::Status(500))
        .rule(Match::any(), Fault::Delay(Duration::from_millis(40)))
        .rule(Match::any(), Fault::Delay(Duration::from_millis(40)));
    let proxy = upstream.proxied(plan).await;
    assert_eq!(form("iam", LIST).send(&proxy).await.0, 500);
    let call = &proxy.calls()[0];
    assert!(call.took >= Duration::from_millis(80), "{call:?}");
    assert_eq!(call.fault.as_deref(), Some("delay+status:500"));
}

#[tokio::test]
async fn a_dropped_answer_was_carried_out() {
    let upstream = Upstream::start(&[]).await;
    let plan = Plan::default().rule(Match::any().nth(1), Fault::DropAfter);
    let proxy = upstream.proxied(plan).await;
    assert!(form("iam", "Action=CreateUser").try_send(&proxy).await.is_none());
    assert_eq!(upstream.seen(), ["Action=CreateUser"]);
    assert_eq!(proxy.calls()[0].outcome, 0);
    assert_eq!(form("iam", "Action=CreateUser").send(&proxy).await.0, 200);
}

#[tokio::test]
async fn a_duplicate_reaches_the_emulator_twice() {
    let upstream = Upstream::start(&[]).await;
    let proxy = upstream.proxied(always(Fault::Duplicate)).await;
    assert_eq!(form("iam", "Action=CreateUser").send(&proxy).await.0, 200);
    assert_eq!(upstream.seen().len(), 2);
    assert_eq!(proxy.calls().len(), 1);
}

#[tokio::test]
async fn a_truncated_answer_stops_in_the_middle() {
    let upstream = Upstream::start(&[("ListUsers", USERS)]).await;
    let proxy = upstream.proxied(always(Fault::Truncate)).await;
    assert!(form("iam", LIST).try_send(&proxy).await.is_none());
    assert_eq!(faults(&proxy), ["truncate"]);

    // On the wire: the whole length is promised, half of it comes.
    let address = proxy.endpoint().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\n{HOST}: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n{LIST}",
        LIST.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("content-length: {}", USERS.len())), "{head}");
    assert_eq!(body.as_bytes(), &USERS.as_bytes()[..USERS.len() / 2]);
}
