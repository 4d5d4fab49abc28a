//! The suite of every store of findings, against the DynamoDB of ministack.

use std::sync::Arc;

use accesstrail_shared::store::conformance_finding::Handles;
use accesstrail_tests::dynamo::Table;

async fn fresh() -> Handles {
    let table = Table::create().await;
    Handles::new(Arc::new(table.store()), Arc::new(table.store()))
}

accesstrail_shared::finding_conformance_suite!(fresh);
