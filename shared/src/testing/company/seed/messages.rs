//! Makes queues and topics.

use aws_sdk_sqs::types::QueueAttributeName;

use super::resources::Estate;
use crate::testing::company::{
    CompanyError,
    resources::{
        CANARY,
        messages::{QUEUES, TOPICS},
    },
};

/// Makes the queues, each with a message that nobody may receive.
pub(super) async fn queues(estate: &Estate<'_>) -> Result<(), CompanyError> {
    const ACTION: &str = "sqs:CreateQueue";
    for queue in QUEUES {
        let client = aws_sdk_sqs::Client::new(&estate.config(queue.place)?);
        let mut create = client.create_queue().queue_name(queue.name);
        if queue.keeps_order {
            create = create.attributes(QueueAttributeName::FifoQueue, "true");
        }
        if let Some(policy) = queue.policy {
            let policy = policy.render(estate.accounts);
            create = create.attributes(QueueAttributeName::Policy, policy);
        }
        for (key, value) in queue.tags {
            create = create.tags(*key, *value);
        }
        let made = create.send().await.map_err(CompanyError::call(ACTION, queue.name))?;
        let address = made.queue_url.ok_or_else(|| CompanyError::missing(ACTION, "address"))?;
        let send = client.send_message().queue_url(address).message_body(CANARY);
        let send = if queue.keeps_order {
            send.message_group_id("1").message_deduplication_id("1")
        } else {
            send
        };
        send.send().await.map_err(CompanyError::call("sqs:SendMessage", queue.name))?;
    }
    Ok(())
}

pub(super) async fn topics(estate: &Estate<'_>) -> Result<(), CompanyError> {
    const ACTION: &str = "sns:CreateTopic";
    for topic in TOPICS {
        let client = aws_sdk_sns::Client::new(&estate.config(topic.place)?);
        let mut create = client.create_topic().name(topic.name);
        if let Some(policy) = topic.policy {
            create = create.attributes("Policy", policy.render(estate.accounts));
        }
        for (key, value) in topic.tags {
            let tag = aws_sdk_sns::types::Tag::builder().key(*key).value(*value).build();
            create = create.tags(tag.map_err(CompanyError::call(ACTION, topic.name))?);
        }
        create.send().await.map_err(CompanyError::call(ACTION, topic.name))?;
    }
    Ok(())
}
