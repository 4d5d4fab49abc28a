//! One record, in CloudTrail's order of fields.

use super::{
    clock::Moment,
    identity,
    json::Object,
    operation::Operation,
    principal::{Kind, Principal},
    random::Random,
    template::{Facts, Names, Template},
};

/// One call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    /// The account that receives the record.
    pub(super) account: &'a str,
    /// The account of the principal.
    pub(super) home: &'a str,
    /// The account of what is acted on.
    pub(super) target: &'a str,
    /// Another account, which the call may mention.
    pub(super) other: &'a str,
    pub(super) region: &'a str,
    pub(super) time: Moment,
    pub(super) principal: &'a Principal,
    pub(super) operation: &'static Operation,
    pub(super) names: &'a Names,
    /// What everything else follows from.
    pub(super) seed: u64,
    /// Links the records of one action in two accounts.
    pub(super) shared: Option<&'a str>,
}

/// How a call failed.
type Failure = (&'static str, &'static str);

const REFUSED: Failure = ("AccessDenied", "is not authorized to perform");
const REFUSED_BY_EC2: Failure =
    ("Client.UnauthorizedOperation", "You are not authorized to perform this operation. User");
const FAILURES: &[Failure] = &[
    ("ThrottlingException", "Rate exceeded"),
    ("ResourceNotFoundException", "Requested resource not found"),
    (
        "ValidationException",
        "1 validation error detected: Value at 'limit' failed to satisfy constraint",
    ),
    ("NoSuchEntityException", "The entity with name app-api cannot be found."),
];
const FAILURES_OF_S3: &[Failure] = &[
    ("NoSuchKey", "The specified key does not exist."),
    ("NoSuchBucketPolicy", "The bucket policy does not exist"),
    (
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
    ),
];
const FAILURES_OF_EC2: &[Failure] = &[
    ("Client.InvalidInstanceID.NotFound", "The instance ID 'i-0123456789abcdef0' does not exist"),
    ("Client.RequestLimitExceeded", "Request limit exceeded."),
    ("Client.DryRunOperation", "Request would have succeeded, but DryRun flag is set."),
];

impl Call<'_> {
    /// The name of the session.
    pub(super) fn session(&self) -> &str {
        let sessions = &self.principal.sessions;
        let place = Random::of(self.seed, &["session"]).early_place(sessions.len());
        sessions.get(place).map_or("", String::as_str)
    }

    /// The service that calls in the principal's name.
    pub(super) fn invoked_by(&self) -> Option<&str> {
        match self.principal.kind {
            Kind::Service => Some(&self.principal.name),
            _ => self.principal.invoked_by,
        }
    }

    /// How it failed, if it did. Of what a principal may not do it does nothing at all.
    fn failure(&self) -> Option<Failure> {
        let of_ec2 = self.operation.source.starts_with("ec2.");
        let refused = if of_ec2 { REFUSED_BY_EC2 } else { REFUSED };
        if self.operation.event_type() != "AwsApiCall" {
            return None;
        }
        let mut habit =
            Random::of(self.principal.seed, &[&self.operation.source, self.operation.name]);
        if self.principal.kind != Kind::Service && habit.chance(50_000) {
            return Some(refused);
        }
        let mut random = Random::of(self.seed, &["failure"]);
        if random.chance(6_000) {
            return Some(refused);
        }
        let others = match self.operation.source.as_str() {
            _ if of_ec2 => FAILURES_OF_EC2,
            "s3.amazonaws.com" => FAILURES_OF_S3,
            _ => FAILURES,
        };
        random.chance(15_000).then(|| random.pick(others).copied()).flatten()
    }

    /// What its templates are filled from.
    pub(super) fn facts(&self) -> Facts<'_> {
        Facts {
            account: self.target,
            other: self.other,
            region: self.region,
            time: self.time,
            session: self.session(),
            names: self.names,
            seed: self.seed,
        }
    }

    /// Appends the record.
    pub(super) fn write(&self, out: &mut String) {
        let operation = self.operation;
        let mut random = Random::of(self.seed, &["record", self.account]);
        let failure = self.failure();
        let mut record = Object::open(out);
        record.text("eventVersion", version(&mut random));
        record.object("userIdentity", |identity| identity::write(self, identity));
        record.text("eventTime", &self.time.text());
        record.text("eventSource", &operation.source);
        record.text("eventName", operation.name);
        record.text("awsRegion", self.region);
        record.text("sourceIPAddress", self.invoked_by().unwrap_or(&self.principal.address));
        record.text("userAgent", self.invoked_by().unwrap_or(self.principal.agent));
        if let Some((code, message)) = failure {
            record.text("errorCode", code);
            record.text("errorMessage", &self.message(code, message));
        } else if operation.is_failed_sign_in() {
            record.text("errorMessage", "Failed authentication");
        }
        self.write_parameters(failure.is_none(), &mut record);
        if operation.event_type() == "AwsApiCall" {
            record.value("requestID", |out| quoted_uuid(&mut random, out));
        }
        record.value("eventID", |out| quoted_uuid(&mut random, out));
        record.flag("readOnly", operation.reads());
        self.write_template("resources", operation.resources.as_ref(), &mut record);
        record.text("eventType", operation.event_type());
        record.flag("managementEvent", !operation.is_data());
        record.text("recipientAccountId", self.account);
        record.maybe("sharedEventID", self.shared);
        record.text("eventCategory", if operation.is_data() { "Data" } else { "Management" });
        self.write_end(&mut random, &mut record);
        record.close();
    }

    fn write_template(&self, key: &str, template: Option<&Template>, record: &mut Object<'_>) {
        if let Some(template) = template {
            record.value(key, |out| template.fill(&self.facts(), out));
        }
    }

    fn write_parameters(&self, succeeded: bool, record: &mut Object<'_>) {
        let operation = self.operation;
        let parts = [
            ("requestParameters", operation.request.as_ref()),
            ("responseElements", operation.response.as_ref().filter(|_| succeeded)),
        ];
        for (key, template) in parts {
            match template {
                Some(_) => self.write_template(key, template, record),
                None => record.raw(key, "null"),
            }
        }
        self.write_template("additionalEventData", operation.additional.as_ref(), record);
    }

    /// What follows the category.
    fn write_end(&self, random: &mut Random, record: &mut Object<'_>) {
        let service = self.operation.source.split('.').next().unwrap_or_default();
        if self.principal.kind != Kind::Service && self.operation.event_type() == "AwsApiCall" {
            record.object("tlsDetails", |tls| {
                tls.text("tlsVersion", if random.chance(900_000) { "TLSv1.3" } else { "TLSv1.2" });
                tls.text("cipherSuite", "TLS_AES_128_GCM_SHA256");
                let host = format!("{service}.{}.amazonaws.com", self.region);
                tls.text("clientProvidedHostHeader", &host);
            });
        }
        if self.principal.kind == Kind::ReservedRole {
            record.text("sessionCredentialFromConsole", "true");
        }
    }

    /// The text of a failure; of a refusal with who and what.
    fn message(&self, code: &str, message: &str) -> String {
        let service = self.operation.source.split('.').next().unwrap_or_default();
        let who = &self.principal.arn;
        match code {
            "AccessDenied" => format!(
                "User: {who} {message}: {service}:{} because no identity-based policy allows the {service}:{} action",
                self.operation.name, self.operation.name
            ),
            "Client.UnauthorizedOperation" => format!(
                "{message}: {who} is not authorized to perform: ec2:{} because no identity-based policy allows the \
                 ec2:{} action",
                self.operation.name, self.operation.name
            ),
            _ => message.to_owned(),
        }
    }
}

/// A version of the form, newest first in number.
fn version(random: &mut Random) -> &'static str {
    match random.below(100) {
        0..60 => "1.11",
        60..75 => "1.10",
        75..88 => "1.09",
        88..95 => "1.08",
        _ => random.word(&["1.05", "1.06", "1.07"]),
    }
}

fn quoted_uuid(random: &mut Random, out: &mut String) {
    out.push('"');
    random.uuid(out);
    out.push('"');
}
