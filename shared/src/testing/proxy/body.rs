//! The body of an answer, and how it is cut.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use hyper::body::{Body, Bytes, Frame, SizeHint};

/// Closes the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut by a fault")]
pub(super) struct Cut;

/// The body of an answer: whole, or a half and then an error that closes the connection.
#[derive(Debug)]
pub(super) struct AnswerBody {
    data: Option<Bytes>,
    end: End,
}

#[derive(Debug, Clone, Copy)]
enum End {
    Proper,
    /// One turn of waiting lets hyper write what it has, then the connection closes.
    Waiting,
    Cut,
}

impl AnswerBody {
    pub(super) fn whole(data: Bytes) -> Self {
        Self { data: Some(data).filter(|data| !data.is_empty()), end: End::Proper }
    }

    pub(super) fn half(data: &Bytes) -> Self {
        Self { data: Some(data.slice(..data.len() / 2)), end: End::Waiting }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match self.end {
            End::Proper => Poll::Ready(None),
            End::Waiting => {
                self.end = End::Cut;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            End::Cut => Poll::Ready(Some(Err(Cut))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match (self.end, &self.data) {
            (End::Proper, Some(data)) => SizeHint::with_exact(data.len() as u64),
            (End::Proper, None) => SizeHint::with_exact(0),
            (End::Waiting | End::Cut, _) => SizeHint::default(),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.end, End::Proper) && self.data.is_none()
    }
}
