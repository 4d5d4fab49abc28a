//! The store over one DynamoDB table.
