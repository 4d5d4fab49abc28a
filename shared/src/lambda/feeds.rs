//! The feeds of a deployment: which sinks the settings name, and a feed to one of them when it is needed.

use std::sync::Arc;

use aws_config::SdkConfig;

use crate::feed::{AddressError, EventBus, Feed, Secrets, SqsDeadLetters, Webhook};
use crate::model::RunId;
use crate::port::{Clock, FeedMessage, PortError, Sink, Store};
use crate::settings::FeedSettings;

/// The feeds of a deployment.
#[derive(Debug)]
pub struct Feeds {
    config: SdkConfig,
    settings: FeedSettings,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    bus: Option<EventBus>,
    /// The name of the webhook's sink.
    webhook: Option<String>,
}

impl Feeds {
    /// The feeds that the settings name. Nothing is asked yet, so that a sink or a secret that is not there
    /// keeps nobody from starting.
    ///
    /// # Errors
    ///
    /// When the webhook's address is none.
    pub fn new(
        config: &SdkConfig,
        settings: FeedSettings,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, AddressError> {
        let bus = settings.event_bus.as_deref().map(|bus| EventBus::new(config, bus));
        let webhook = settings.webhook_url.as_deref().map(Webhook::name_of).transpose()?;
        Ok(Self { config: config.clone(), settings, store, clock, bus, webhook })
    }

    /// Whether there is no sink.
    pub fn is_empty(&self) -> bool {
        self.bus.is_none() && self.webhook.is_none()
    }

    /// The messages that ask for the feed of a run, one for each sink: one that fails keeps no other back.
    pub fn messages(&self, run: &RunId) -> Vec<FeedMessage> {
        let bus = self.bus.as_ref().map(|bus| bus.name().to_owned());
        let sinks = bus.into_iter().chain(self.webhook.clone());
        sinks.map(|sink| FeedMessage { run: run.clone(), sink, hop: 0 }).collect()
    }

    /// The feeds to every sink.
    ///
    /// # Errors
    ///
    /// When a secret cannot be read.
    pub async fn all(&self) -> Result<Vec<Feed>, PortError> {
        let bus = self.bus.as_ref().map(|bus| bus.name().to_owned());
        let mut feeds = Vec::new();
        for sink in bus.into_iter().chain(self.webhook.clone()) {
            feeds.extend(self.feed(&sink).await?);
        }
        Ok(feeds)
    }

    /// The feed to a sink; `None` if the settings name it no more. The secret is asked for each time, so that
    /// a rotation needs no deployment.
    ///
    /// # Errors
    ///
    /// When the secret cannot be read.
    pub async fn feed(&self, sink: &str) -> Result<Option<Feed>, PortError> {
        let Some(found) = self.sink(sink).await? else { return Ok(None) };
        let queue = self.settings.dead_letters_url.as_deref().unwrap_or_default();
        let letters = Arc::new(SqsDeadLetters::new(&self.config, queue));
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        Ok(Some(Feed::new(store, found, letters, clock)))
    }

    async fn sink(&self, name: &str) -> Result<Option<Arc<dyn Sink>>, PortError> {
        if let Some(bus) = self.bus.as_ref().filter(|bus| bus.name() == name) {
            return Ok(Some(Arc::new(bus.clone())));
        }
        let Some(address) = self.settings.webhook_url.as_deref() else { return Ok(None) };
        if self.webhook.as_deref() != Some(name) {
            return Ok(None);
        }
        let id = self.settings.webhook_secret.as_deref().unwrap_or_default();
        let secrets = Secrets::fetch(&self.config, id).await?;
        let webhook = Webhook::new(address, secrets, Arc::clone(&self.clock));
        let webhook = webhook
            .map_err(|error| PortError::Failed { what: name.to_owned(), source: error.into() })?;
        Ok(Some(Arc::new(webhook)))
    }
}
