//! What a request is: service, action, account and region, read from what every AWS client sends.

use std::borrow::Cow;

use hyper::{
    HeaderMap,
    body::Bytes,
    header::{AUTHORIZATION, CONTENT_TYPE},
    http::request::Parts,
};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::ledger::Ledger;
use crate::aws::route;

/// The form in which a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// A form in, XML out: IAM, STS, CloudFormation.
    Query,
    /// JSON with `X-Amz-Target`: Organizations, IAM Identity Center, the identity store, DynamoDB, SQS.
    AwsJson,
    /// JSON at paths: Lambda, Scheduler.
    RestJson,
    /// XML at paths: S3.
    RestXml,
}

/// A request as the rules and patches see it.
#[derive(Debug, Clone)]
pub struct RequestView {
    /// The service by its IAM prefix; empty if the request is not signed.
    pub service: String,
    /// The operation; for services that show only a path, the IAM action of it, or `METHOD /path`.
    pub action: String,
    /// The account of the caller, or of the role of an `AssumeRole`; `None` for keys whose account was never
    /// seen, which are those of the account that the emulator takes for its own.
    pub account: Option<String>,
    /// The region it is signed for; empty if it is not signed.
    pub region: String,
    /// The form it is in.
    pub protocol: Protocol,
    /// The access key that signed it.
    pub access_key: Option<String>,
    /// The path, as it was sent.
    pub path: String,
    /// The query string, as it was sent.
    pub query: String,
    /// The body.
    pub body: Bytes,
}

impl RequestView {
    /// Reads a request.
    pub(super) fn read(parts: &Parts, body: Bytes, ledger: &Ledger) -> Self {
        let scope = Scope::read(&parts.headers, parts.uri.query().unwrap_or_default());
        let target = header(&parts.headers, "x-amz-target");
        let is_form = header(&parts.headers, CONTENT_TYPE.as_str())
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let form = if is_form { String::from_utf8_lossy(&body) } else { Cow::default() };
        let form_action = field(&form, "Action").or_else(|| field(parts.uri.query()?, "Action"));
        let (protocol, action) = match (target, form_action) {
            (Some(target), _) => {
                let action = target.rsplit('.').next().unwrap_or(target);
                (Protocol::AwsJson, action.to_owned())
            }
            (None, Some(action)) => (Protocol::Query, action),
            (None, None) => {
                let xml = matches!(scope.service.as_str(), "s3" | "s3express");
                let protocol = if xml { Protocol::RestXml } else { Protocol::RestJson };
                let (method, path) = (parts.method.as_str(), parts.uri.path());
                let query = parts.uri.query().unwrap_or_default();
                let action = route::action(&scope.service, method, path, query);
                (protocol, action.map_or_else(|| format!("{method} {path}"), str::to_owned))
            }
        };
        let assumed = action.starts_with("AssumeRole");
        // The two `AssumeRoleWith…` calls are not signed.
        let unsigned_sts = assumed && scope.service.is_empty();
        let service = if unsigned_sts { "sts" } else { iam_prefix(&scope.service) }.to_owned();
        let account = match field(&form, "RoleArn").filter(|_| assumed) {
            Some(role) => role.split(':').nth(4).map(str::to_owned),
            None => scope.access_key.as_deref().and_then(|key| ledger.account_of(key)),
        };
        drop(form);
        Self {
            service,
            action,
            account,
            region: scope.region,
            protocol,
            access_key: scope.access_key,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            body,
        }
    }

    /// The action as IAM policies name it: `iam:ListUsers`, `sso:ListInstances`.
    pub fn iam_action(&self) -> String {
        format!("{}:{}", self.service, self.action)
    }

    /// The body as text.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// A field of a form body.
    pub fn form(&self, name: &str) -> Option<String> {
        field(&self.text(), name)
    }

    /// A parameter of the query string, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        field(&self.query, name)
    }

    /// A segment of the path, counted from 0, decoded.
    pub fn segment(&self, number: usize) -> Option<String> {
        let segment = self.path.split('/').filter(|segment| !segment.is_empty()).nth(number)?;
        Some(percent_decode_str(segment).decode_utf8_lossy().into_owned())
    }

    /// The body as JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// The credential scope of Signature Version 4.
#[derive(Debug, Default)]
struct Scope {
    access_key: Option<String>,
    region: String,
    service: String,
}

impl Scope {
    /// From the `Authorization` header, or the query string of a presigned address.
    fn read(headers: &HeaderMap, query: &str) -> Self {
        let signed = header(headers, AUTHORIZATION.as_str()).and_then(|value| {
            let (_, rest) = value.split_once("Credential=")?;
            rest.split([',', ' ']).next().map(str::to_owned)
        });
        let Some(credential) = signed.or_else(|| field(query, "X-Amz-Credential")) else {
            return Self::default();
        };
        let parts: Vec<_> = credential.split('/').map(str::to_owned).collect();
        match parts.as_slice() {
            [key, _date, region, service, _end] => Self {
                access_key: Some(key.clone()),
                region: region.clone(),
                service: service.clone(),
            },
            // Signature Version 4A names its regions in another header.
            [key, _date, service, _end] => Self {
                access_key: Some(key.clone()),
                region: header(headers, "x-amz-region-set").unwrap_or_default().to_owned(),
                service: service.clone(),
            },
            _ => Self::default(),
        }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A field of a form or a query string, decoded.
fn field(form: &str, name: &str) -> Option<String> {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.into_iter().find(|(key, _)| *key == name)?;
    let spaced = value.replace('+', " ");
    Some(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

/// The IAM prefix of a signing name, where they differ.
fn iam_prefix(signing_name: &str) -> &str {
    match signing_name {
        "monitoring" => "cloudwatch",
        "email" => "ses",
        "tagging" => "tag",
        "s3express" => "s3",
        same => same,
    }
}
