//! What the users and the root user of an account have to sign in with, and when they last did: from
//! the credential report, two calls for all of them; where it cannot be had, from calls per user.
//!
//! It reads what exists and when it was used, never a secret. The root user appears in the report only:
//! without it, what is known of it is in the account's summary (see `iam_account`).

mod calls;
mod per_user;
pub mod report;
mod told;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_iam::Client;
use aws_sdk_iam::operation::get_credential_report::GetCredentialReportOutput;
use aws_sdk_iam::types::ReportStateType;
use tokio::time::Instant;

use super::{Call, CapabilityInfo, Collect, Context, Interrupted, Place, Sink};
use crate::aws::{CallError, Fault, time};
use crate::model::{Arn, Status, Timestamp};
use calls::{Facet, GENERATE, GET, REPORT, USERS};
use report::Report;

pub(crate) use told::Told;

/// How long a report that is being made is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// The first pause between two looks at a report that is being made; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// How often a report is asked for that then is not there, or has expired.
const GENERATIONS: u32 = 3;

/// Collects credentials.
#[derive(Clone, Copy, Debug)]
pub struct IamCredentials;

#[async_trait]
impl Collect for IamCredentials {
    fn name(&self) -> &'static str {
        "iam-credentials"
    }

    fn place(&self) -> Place {
        Place::EachAccount
    }

    fn calls(&self) -> &'static [Call] {
        calls::ALL
    }

    fn capabilities(&self) -> &'static [CapabilityInfo] {
        calls::CAPABILITIES
    }

    /// The cursor is the marker of the next page of users. The report has none: it is read in one piece,
    /// before any user is listed.
    async fn collect(
        &self,
        context: &Context,
        cursor: Option<&str>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Interrupted> {
        let client = context.session.iam(&context.region);
        if let Some(focus) = context.focus().filter(|focus| focus.names().is_some()) {
            let mut facets = Vec::from(Facet::OF_REPORT);
            if context.options.full_credentials {
                facets.extend(Facet::ASKED);
            }
            return per_user::named(context, &client, &focus.after("user/"), &facets, sink).await;
        }
        if cursor.is_none() {
            read_report(context, &client, sink).await?;
        }
        let mut facets = Vec::new();
        if sink.status(REPORT).is_none_or(Status::is_gap) {
            facets.extend(Facet::OF_REPORT);
        }
        if context.options.full_credentials {
            facets.extend(Facet::ASKED);
        }
        if facets.is_empty() {
            sink.complete(USERS);
            sink.note(USERS, "not listed: the credential report names the users");
        } else {
            per_user::collect(context, &client, cursor, &facets, sink).await?;
        }
        Ok(())
    }
}

/// Reads the report and tells what is in it; or tells the gap.
async fn read_report(
    context: &Context,
    client: &Client,
    sink: &mut Sink<'_>,
) -> Result<(), Interrupted> {
    let read = match obtain(context, client, sink).await? {
        Ok(answer) => parse(context, &answer).map_err(|reason| context.misread(&GET, reason)),
        Err(error) => Err(error),
    };
    match read {
        Ok((report, generated)) => tell(context, report, generated, sink).await,
        Err(error) => sink.failed(REPORT, error),
    }
}

/// The report, or what stands in its way. AWS makes a report at most once in four hours; asked more
/// often it answers that there is one. One that exists may be read by those who may not have it made.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html>
async fn obtain(
    context: &Context,
    client: &Client,
    sink: &mut Sink<'_>,
) -> Result<Result<GetCredentialReportOutput, CallError>, Interrupted> {
    let (mut refusal, mut generations, mut generate) = (None, 0, true);
    let mut patience = Patience::new();
    loop {
        if generate {
            generations += 1;
            match context.call(&GENERATE, || client.generate_credential_report().send()).await {
                // It is there, unless it was said to be there before and was not.
                Ok(answer)
                    if answer.state == Some(ReportStateType::Complete) && generations == 1 => {}
                Ok(_) => patience.wait(sink).await?,
                Err(error) => refusal = Some(error),
            }
        }
        let error = match context.call(&GET, || client.get_credential_report().send()).await {
            Ok(answer) => {
                if let Some(refusal) = refusal {
                    sink.note(REPORT, format!("an older report: {}", refusal.summary));
                }
                return Ok(Ok(answer));
            }
            Err(error) => error,
        };
        let in_progress = is_in_progress(&error);
        let hopeless = refusal.is_some() && !in_progress;
        if error.fault != Fault::NotReady || hopeless || patience.is_over() {
            return Ok(Err(refusal.unwrap_or_else(|| Patience::lost(error))));
        }
        generate = !in_progress && generations < GENERATIONS;
        if !generate {
            patience.wait(sink).await?;
        }
    }
}

/// Whether a report is being made, as opposed to one that was never asked for or has expired.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html>
fn is_in_progress(error: &CallError) -> bool {
    error.fault == Fault::NotReady
        && error
            .code
            .as_deref()
            .is_some_and(|code| code.contains("InProgress") || code.contains("NotReady"))
}

/// Pauses that grow, as long as there is any sense in waiting.
struct Patience {
    until: Instant,
    pause: Duration,
}

impl Patience {
    fn new() -> Self {
        Self { until: Instant::now() + PATIENCE, pause: FIRST_PAUSE }
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Waits, unless it is time to stop altogether.
    async fn wait(&mut self, sink: &mut Sink<'_>) -> Result<(), Interrupted> {
        sink.breathe().await?;
        tokio::time::sleep_until(self.until.min(Instant::now() + self.pause)).await;
        self.pause = LONGEST_PAUSE.min(self.pause * 2);
        Ok(())
    }

    /// The error that ended the waiting, which says so.
    fn lost(mut error: CallError) -> CallError {
        if error.fault == Fault::NotReady {
            let seconds = PATIENCE.as_secs();
            error.summary =
                format!("the report was not there after {seconds} s: {}", error.summary);
        }
        error
    }
}

fn parse(
    context: &Context,
    answer: &GetCredentialReportOutput,
) -> Result<(Report, Timestamp), String> {
    // The SDK has taken the base64 off.
    let csv = answer.content().ok_or("the answer holds no credential report")?;
    let generated = time::optional(answer.generated_time());
    let generated = generated.ok_or("the credential report does not say when it was made")?;
    let text =
        format!("arn:{}:iam::{}:root", context.session.partition(), context.session.account());
    let root: Arn = text.parse().map_err(|error| format!("{error}"))?;
    Ok((report::read(csv.as_ref(), &root)?, generated))
}

async fn tell(
    context: &Context,
    report: Report,
    generated: Timestamp,
    sink: &mut Sink<'_>,
) -> Result<(), Interrupted> {
    let told = Told::of(report, context.account(), generated);
    // AWS keeps a report for four hours: who came since is not in it and is not gone.
    sink.as_of(REPORT, generated);
    for (capability, column) in told.lacks {
        let reason = format!("the credential report has no column `{column}`");
        sink.failed(capability, context.misread(&GET, reason))?;
    }
    for capability in &told.capabilities {
        sink.as_of(capability, generated);
        sink.note(capability, format!("from the credential report of {generated}"));
    }
    for (capability, aside) in told.set_aside {
        sink.set_aside(capability, aside.what, aside.reason);
    }
    for (capability, entity) in told.entities {
        sink.see_as_of(capability, entity, generated);
        sink.breathe().await?;
    }
    for capability in told.capabilities {
        sink.complete(capability);
    }
    sink.complete(REPORT);
    Ok(())
}

#[cfg(test)]
mod tests;
