//! The access points of a list, of one region or of several.

use crate::aws::error::CallError;
use crate::collect::Interrupted;
use crate::collect::stages::{Look, Seen};
use crate::model::resource::Resource;
use crate::model::{Arn, Capability, Entity};

/// An access point, as the calls about it name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PointRef {
    pub(super) name: String,
    pub(super) arn: Arn,
}

impl PointRef {
    /// What access points are ordered by.
    pub(super) fn key(&self) -> String {
        self.name.clone()
    }
}

/// What could not be understood, and why.
pub(super) type Aside = (String, String);

/// Tells what a list showed, unless an earlier attempt did, and ends the stage. Returns the access points
/// for the stages that start from them.
pub(super) async fn tell<C>(
    look: &mut Look<'_, '_, C>,
    stage: Capability,
    listed: Vec<Result<Resource, Aside>>,
    failure: Option<CallError>,
) -> Result<Vec<PointRef>, Interrupted> {
    let told = look.stages.is_done(stage);
    let mut seen = Seen::default();
    let mut points = Vec::new();
    for point in listed {
        match point {
            Ok(point) => {
                points.push(PointRef { name: point.name.clone(), arn: point.arn.clone() });
                seen.entities.push(Entity::Resource(point));
            }
            Err((what, reason)) if !told => {
                look.stages.set_aside(look.sink, stage, &what, &reason);
            }
            Err(_) => {}
        }
    }
    points.sort();
    points.dedup();
    if !told {
        seen.tell(look.sink, stage);
    }
    if let Some(failure) = failure {
        look.sink.failed(stage, failure)?;
    }
    if !told {
        look.stages.end(look.sink, stage).await?;
    }
    Ok(points)
}

/// Asks something of each access point: one stage.
macro_rules! stage {
    ($look:ident, $stage:ident, $points:ident, $ask:ident) => {
        if $look.stages.begin($look.sink, $stage) {
            let (context, client) = ($look.context, &$look.client);
            let ask = |point| $ask(context, client, point);
            stages::each($look.sink, &$look.stages, $stage, $points, PointRef::key, ask).await?;
            $look.stages.end($look.sink, $stage).await?;
        }
    };
}
pub(super) use stage;
