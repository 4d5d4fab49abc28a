//! Stacks.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{Capability, Parameter, Tag, TemplateStage};

use super::AwsSetup;
use crate::port::setup::{CloudError, Place, Stack, StackOrder, StackStatus};
use crate::setup::names::template_hash;

/// Roles have fixed names, which CloudFormation wants acknowledged.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-template.html>
pub(super) const CAPABILITY: Capability = Capability::CapabilityNamedIam;

impl AwsSetup {
    pub(super) async fn find_stack(
        &self,
        place: &Place,
        name: &str,
    ) -> Result<Option<Stack>, CloudError> {
        self.check(place, "cloudformation:DescribeStacks")?;
        let client = self.session.cloudformation(&place.region);
        let site = self.site("cloudformation:DescribeStacks", &place.region);
        let answer = client.describe_stacks().stack_name(name).send().await;
        let answer = match answer.map_err(|error| site.failed(error)) {
            Err(CloudError::Missing) => return Ok(None),
            other => other?,
        };
        let Some(found) = answer.stacks().first() else { return Ok(None) };
        let status = found.stack_status().map_or("", |status| status.as_str());
        if status == "DELETE_COMPLETE" {
            return Ok(None);
        }
        let Some(template) = self.template(&client, place, name).await? else { return Ok(None) };
        let drift = found.drift_information().and_then(|drift| drift.stack_drift_status());
        Ok(Some(Stack {
            status: StackStatus(status.to_owned()),
            reason: found.stack_status_reason().map(str::to_owned),
            template: template_hash(&template),
            parameters: read_parameters(found.parameters()),
            tags: read_tags(found.tags()),
            drift: drift.map_or("NOT_CHECKED", |drift| drift.as_str()).to_owned(),
        }))
    }

    /// The template as it was given; `None` where the stack is gone meanwhile.
    async fn template(
        &self,
        client: &Client,
        place: &Place,
        name: &str,
    ) -> Result<Option<String>, CloudError> {
        let site = self.site("cloudformation:GetTemplate", &place.region);
        let call = client.get_template().stack_name(name).template_stage(TemplateStage::Original);
        match call.send().await.map_err(|error| site.failed(error)) {
            Ok(answer) => Ok(Some(answer.template_body().unwrap_or_default().to_owned())),
            Err(CloudError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn look_for_stack_drift(
        &self,
        place: &Place,
        name: &str,
    ) -> Result<(), CloudError> {
        let action = "cloudformation:DetectStackDrift";
        self.check(place, action)?;
        let site = self.site(action, &place.region);
        let call = self.session.cloudformation(&place.region).detect_stack_drift();
        call.stack_name(name).send().await.map(drop).map_err(|error| site.failed(error))
    }

    pub(super) async fn start_stack(
        &self,
        order: &StackOrder,
        token: &str,
    ) -> Result<(), CloudError> {
        let StackOrder { place, name, template, parameters, tags } = order;
        self.check(place, "cloudformation:CreateStack")?;
        let site = self.site("cloudformation:CreateStack", &place.region);
        let call = self.session.cloudformation(&place.region).create_stack();
        call.stack_name(name)
            .template_body(template)
            .set_parameters(Some(write_parameters(parameters)))
            .set_tags(Some(write_tags(tags)))
            .capabilities(CAPABILITY)
            .client_request_token(token)
            .send()
            .await
            .map(drop)
            .map_err(|error| site.failed(error))
    }

    pub(super) async fn change_stack(
        &self,
        order: &StackOrder,
        token: &str,
    ) -> Result<(), CloudError> {
        let StackOrder { place, name, template, parameters, tags } = order;
        self.check(place, "cloudformation:UpdateStack")?;
        let site = self.site("cloudformation:UpdateStack", &place.region);
        let call = self.session.cloudformation(&place.region).update_stack();
        call.stack_name(name)
            .template_body(template)
            .set_parameters(Some(write_parameters(parameters)))
            .set_tags(Some(write_tags(tags)))
            .capabilities(CAPABILITY)
            .client_request_token(token)
            .send()
            .await
            .map(drop)
            .map_err(|error| site.failed(error))
    }

    pub(super) async fn end_stack(
        &self,
        place: &Place,
        name: &str,
        token: &str,
    ) -> Result<(), CloudError> {
        self.check(place, "cloudformation:DeleteStack")?;
        let site = self.site("cloudformation:DeleteStack", &place.region);
        let call = self.session.cloudformation(&place.region).delete_stack();
        match call.stack_name(name).client_request_token(token).send().await {
            Ok(_) => Ok(()),
            Err(error) => match site.failed(error) {
                // It is gone, or it is under way since the same call.
                CloudError::Missing | CloudError::Repeated => Ok(()),
                other => Err(other),
            },
        }
    }
}

pub(super) fn write_parameters(parameters: &BTreeMap<String, String>) -> Vec<Parameter> {
    let one = |(key, value): (&String, &String)| {
        Parameter::builder().parameter_key(key).parameter_value(value).build()
    };
    parameters.iter().map(one).collect()
}

pub(super) fn read_parameters(parameters: &[Parameter]) -> BTreeMap<String, String> {
    let one = |it: &Parameter| {
        Some((it.parameter_key()?.to_owned(), it.parameter_value().unwrap_or_default().to_owned()))
    };
    parameters.iter().filter_map(one).collect()
}

pub(super) fn write_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

pub(super) fn read_tags(tags: &[Tag]) -> BTreeMap<String, String> {
    let one = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned()));
    tags.iter().filter_map(one).collect()
}
