//! The values of the seam, as far as they judge or are written.

use super::*;

#[test]
fn the_status_of_a_stack_says_what_can_be_done() {
    let rows = [
        ("CREATE_IN_PROGRESS", "busy"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "busy"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "busy"),
        ("DELETE_IN_PROGRESS", "busy"),
        ("REVIEW_IN_PROGRESS", "busy"),
        ("CREATE_COMPLETE", "usable"),
        ("UPDATE_COMPLETE", "usable"),
        ("IMPORT_COMPLETE", "usable"),
        ("UPDATE_ROLLBACK_COMPLETE", "usable, rolled back"),
        ("UPDATE_ROLLBACK_FAILED", "rolled back"),
        ("CREATE_FAILED", "stillborn"),
        ("ROLLBACK_COMPLETE", "stillborn"),
        ("ROLLBACK_FAILED", "stillborn"),
        ("DELETE_FAILED", "stuck"),
        ("SOMETHING_NEW", ""),
    ];
    for (text, expected) in rows {
        let status = StackStatus(text.to_owned());
        let is = [
            (status.is_busy(), "busy"),
            (status.is_usable(), "usable"),
            (status.is_rolled_back(), "rolled back"),
            (status.is_stillborn(), "stillborn"),
            (status.is_stuck(), "stuck"),
        ];
        let is: Vec<&str> = is.into_iter().filter_map(|(so, word)| so.then_some(word)).collect();
        assert_eq!(is.join(", "), expected, "{text}");
    }
}

#[test]
fn where_things_are_reads_what_it_writes() {
    let account = |id: &str| id.parse().unwrap();
    let units = || ["ou-exam-a".to_owned(), "r-exam".to_owned()].into();
    let all = [
        Targets::Units { units: units(), except: [account("111122223333")].into() },
        Targets::Among { units: units(), accounts: [account("111122223333")].into() },
        Targets::Accounts([account("222233334444"), account("111122223333")].into()),
    ];
    for targets in all {
        let text = serde_json::to_string(&targets).unwrap();
        assert_eq!(serde_json::from_str::<Targets>(&text).unwrap(), targets, "{text}");
        assert!(
            serde_json::from_str::<Targets>(&text.replace("111122223333", "11112222333")).is_err()
        );
    }
    let place = Place { account: account("111122223333"), region: "eu-west-1".parse().unwrap() };
    let text = serde_json::to_string(&place).unwrap();
    assert_eq!(text, r#"{"account":"111122223333","region":"eu-west-1"}"#);
    assert_eq!(serde_json::from_str::<Place>(&text).unwrap(), place);
    assert!(serde_json::from_str::<Place>(&text.replace("eu-west-1", "EU WEST")).is_err());
    for model in [
        Model::ServiceManaged { delegated: true },
        Model::SelfManaged { administration_role: "a".to_owned(), execution_role: "b".to_owned() },
    ] {
        let text = serde_json::to_string(&model).unwrap();
        assert_eq!(serde_json::from_str::<Model>(&text).unwrap(), model);
    }
}

#[test]
fn what_aws_refused_is_told_without_its_cause() {
    let denied = CloudError::Denied {
        action: "cloudformation:CreateStack".to_owned(),
        place: "111122223333 eu-west-1".to_owned(),
        source: "because".into(),
    };
    assert_eq!(
        denied.to_string(),
        "cloudformation:CreateStack was denied in 111122223333 eu-west-1"
    );
    assert_eq!(std::error::Error::source(&denied).unwrap().to_string(), "because");
}
