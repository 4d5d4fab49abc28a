//! A resource as its service tells of it, from the little that every one has to what is particular to it.

use aws_smithy_types::DateTime;

use super::stages::Seen;
use crate::aws::time;
use crate::model::id::IdError;
use crate::model::resource::{Attribute, Attributes, Resource, ResourceType};
use crate::model::{Arn, Entity};

/// A resource of which nothing is known but what it is and what it is called.
pub(super) fn bare(arn: Arn, resource_type: ResourceType, name: impl Into<String>) -> Resource {
    Resource {
        arn,
        resource_type,
        name: name.into(),
        created: None,
        state: None,
        parent: None,
        acts_as: Vec::new(),
        tags: None,
        attributes: Attributes::new(),
    }
}

/// What is told of a resource: itself, or why `what` could not be understood.
pub(super) fn tell(read: Result<Resource, IdError>, what: impl FnOnce() -> String) -> Seen {
    match read {
        Ok(resource) => Seen::one(Entity::Resource(resource)),
        Err(error) => Seen::aside(what(), error.to_string()),
    }
}

/// A moment as an attribute.
pub(super) fn moment(time: Option<&DateTime>) -> Option<Attribute> {
    time::optional(time).map(Attribute::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_told_or_set_aside() {
        let arn = |text: &str| text.parse::<Arn>();
        let read = |text| Ok(bare(arn(text)?, ResourceType::Queue, "q"));
        let told = tell(read("arn:aws:sqs:eu-west-1:111122223333:q"), String::new);
        let [Entity::Resource(found)] = &told.entities[..] else { panic!("{told:?}") };
        assert_eq!((found.name.as_str(), found.resource_type), ("q", ResourceType::Queue));
        assert!(found.attributes.is_empty() && found.acts_as.is_empty() && found.tags.is_none());
        let aside = tell(read("q"), || "queue \"q\"".to_owned());
        assert!(aside.entities.is_empty());
        assert_eq!(aside.set_aside[0].0, "queue \"q\"");
    }

    #[test]
    fn a_moment_that_aws_gave() {
        assert_eq!(moment(None), None);
        let found = moment(Some(&DateTime::from_secs(1_700_000_000)));
        assert_eq!(found.unwrap().to_string(), "2023-11-14T22:13:20Z");
    }
}
