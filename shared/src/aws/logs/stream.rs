//! An object's bytes, as they arrive ↔ whoever reads them in a thread of its own.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use aws_sdk_s3::primitives::ByteStream;
use tokio::sync::Semaphore;

use crate::port::BoxError;

/// How many bytes of a stream may wait to be read.
const WAITING: u32 = 1 << 20;

/// All bytes, as many as the list said.
pub(super) async fn whole(mut body: ByteStream, size: u64) -> Result<Vec<u8>, BoxError> {
    let most = usize::try_from(size)?;
    let mut bytes = Vec::with_capacity(most);
    while let Some(chunk) = body.try_next().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > most {
            return Err(format!("it has more than {size} bytes").into());
        }
    }
    if bytes.len() < most {
        return Err(format!("it ended after {} of {size} bytes", bytes.len()).into());
    }
    Ok(bytes)
}

/// A stream for whoever reads in a thread that may wait. The bytes are fetched by the runtime that this is called on.
pub(super) fn bridge(body: ByteStream, size: u64) -> Bridge {
    let room = Arc::new(Semaphore::new(WAITING as usize));
    let (sender, receiver) = channel();
    tokio::spawn(fetch(body, sender, Arc::clone(&room)));
    Bridge { receiver, room, chunk: Vec::new(), read: 0, left: size }
}

async fn fetch(mut body: ByteStream, sender: Sender<io::Result<Vec<u8>>>, room: Arc<Semaphore>) {
    loop {
        let chunk = match body.try_next().await {
            Ok(Some(chunk)) => Ok(chunk.to_vec()),
            Ok(None) => return,
            Err(error) => Err(io::Error::other(error)),
        };
        let is_broken = chunk.is_err();
        let size = chunk.as_ref().map_or(1, |chunk| room_of(chunk.len()));
        // The reader goes away with the room, and then with its end of the channel.
        let Ok(permit) = room.acquire_many(size).await else { return };
        permit.forget();
        if sender.send(chunk).is_err() || is_broken {
            return;
        }
    }
}

/// The room that a chunk takes. One that is larger than all of it takes all.
fn room_of(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(WAITING).min(WAITING)
}

/// The reading end.
#[derive(Debug)]
pub(super) struct Bridge {
    receiver: Receiver<io::Result<Vec<u8>>>,
    room: Arc<Semaphore>,
    chunk: Vec<u8>,
    /// How much of the chunk was read.
    read: usize,
    /// How many bytes are still to come.
    left: u64,
}

impl BufRead for Bridge {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.read == self.chunk.len() {
            self.room.add_permits(room_of(self.chunk.len()) as usize);
            (self.chunk, self.read) = (Vec::new(), 0);
            match self.receiver.recv() {
                Ok(chunk) => self.chunk = chunk?,
                Err(_) if self.left == 0 => break,
                // Not `UnexpectedEof`: that is said of an object which is cut as it is stored.
                Err(_) => {
                    let told = format!("it ended {} bytes too early", self.left);
                    return Err(io::Error::other(told));
                }
            }
            let size = self.chunk.len() as u64;
            let more = || io::Error::other("it has more bytes than were listed");
            self.left = self.left.checked_sub(size).ok_or_else(more)?;
        }
        Ok(self.chunk.get(self.read..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.read = self.read.saturating_add(amount).min(self.chunk.len());
    }
}

impl Read for Bridge {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let held = self.fill_buf()?;
        let size = held.len().min(room.len());
        if let (Some(to), Some(from)) = (room.get_mut(..size), held.get(..size)) {
            to.copy_from_slice(from);
        }
        self.consume(size);
        Ok(size)
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.room.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(body: ByteStream, size: u64) -> io::Result<Vec<u8>> {
        let mut bridge = bridge(body, size);
        let reading = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::new();
            bridge.read_to_end(&mut bytes).map(|_| bytes)
        });
        reading.await.unwrap()
    }

    #[tokio::test]
    async fn bytes_pass_and_a_wrong_number_of_them_is_an_error() {
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
        let body = || ByteStream::from(bytes.clone());
        assert!(read(body(), 3_000_000).await.unwrap() == bytes);
        assert!(read(ByteStream::default(), 0).await.unwrap().is_empty());
        let early = read(body(), 3_000_001).await.unwrap_err();
        assert!(early.to_string().contains("1 bytes too early"), "{early}");
        assert_eq!(early.kind(), io::ErrorKind::Other);
        assert!(read(body(), 2_999_999).await.is_err());
        assert!(whole(body(), 3_000_000).await.unwrap() == bytes);
        for wrong in [2_999_999, 3_000_001] {
            assert!(whole(body(), wrong).await.is_err());
        }
    }

    #[tokio::test]
    async fn whoever_stops_reading_stops_the_fetching() {
        let bridge = bridge(ByteStream::from(vec![0; 8 << 20]), 8 << 20);
        let room = Arc::clone(&bridge.room);
        drop(bridge);
        tokio::task::yield_now().await;
        assert!(room.is_closed());
        for _ in 0..100 {
            if Arc::strong_count(&room) == 1 {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("the task still holds the room");
    }
}
