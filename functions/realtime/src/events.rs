//! One message → the events in it: EventBridge's own, or those in the logs that a notice names.

use accesstrail_shared::backfill::message as notice;
use accesstrail_shared::lambda::batch::Message;
use accesstrail_shared::lambda::redelivery::Again;
use accesstrail_shared::realtime::{Event, message};

use crate::World;

/// The events of a message; when it comes again where there are none for now.
pub(crate) async fn read(world: &World, delivered: &Message) -> Result<Vec<Event>, Again> {
    let (message_id, receives) = (&delivered.id, delivered.receives);
    match message::read(&delivered.body) {
        Ok(message::Message::Event(event)) => Ok(vec![*event]),
        Ok(message::Message::Foreign) => Ok(Vec::new()),
        Ok(message::Message::Other) => of_logs(world, delivered).await,
        Err(error) => {
            let reason = error.to_string();
            tracing::error!(message_id, receives, reason, "unreadable: the queue sets it aside");
            Err(Again::AtOnce)
        }
    }
}

/// The events in the logs that a notice names, in the forms that the backfill reads too.
async fn of_logs(world: &World, delivered: &Message) -> Result<Vec<Event>, Again> {
    let (message_id, receives) = (&delivered.id, delivered.receives);
    let Some(logs) = &world.logs else {
        tracing::error!(message_id, receives, "no event, and no bucket of logs is named");
        return Err(Again::AtOnce);
    };
    let read = notice::read(&delivered.body, &logs.source).map_err(|reason| {
        tracing::error!(message_id, receives, reason, "unreadable: the queue sets it aside");
        Again::AtOnce
    })?;
    let mut events = Vec::new();
    for key in &read.objects {
        match logs.events(key).await {
            Ok(found) => events.extend(found),
            Err(error) => {
                let reason = accesstrail_shared::aws::error::chain(&error);
                tracing::error!(message_id, key, reason, "the log could not be fetched");
                return Err(Again::Later);
            }
        }
    }
    Ok(events)
}
