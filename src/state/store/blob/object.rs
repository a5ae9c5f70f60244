//! One object: read with its version, and replaced under the condition that it is still the one that was seen.
//!
//! Invariant: an answer that was lost or says no is never believed before the object was looked at, because a
//! request that is sent again can lose against its own success. Every write carries an id of its own in the
//! object's metadata, and by that it is known again; the bytes stay as they are.

use std::sync::Arc;
use std::time::Duration;

use object_store::path::Path;
use object_store::{Attribute, Attributes, GetOptions, ObjectStore, PutMode, PutOptions, UpdateVersion};
use tokio::time::timeout;

use super::answers::{Fault, ServerTime, failed, late, refused};
use crate::state::store::StoreError;

/// The key of the metadata that holds the id of the write. A letter and letters only: Azure takes nothing else.
const MARK: &str = "wawpform";
/// How long a small answer may take. Within the grace of a signal (4 s), with time left to look.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);
/// How long the look may take after an answer that did not come.
const GLANCE: Duration = Duration::from_secs(1);
/// The slowest line that a large document is waited for on, in bytes a second.
const SLOWEST: u64 = 1 << 20;
/// More than any state; see the local store.
const LARGEST: u64 = 4 << 30;
/// How often one write is tried before it counts as failed.
const TRIES: u32 = 4;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// One name in a bucket.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) path: Path,
    /// As people write it.
    pub(super) place: String,
}

/// What stands there, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum There {
    Nothing,
    At(UpdateVersion),
}

/// An object that was looked at.
#[derive(Debug)]
pub(super) struct Found {
    /// Empty when only its head was asked for.
    pub(super) bytes: Vec<u8>,
    pub(super) version: UpdateVersion,
    /// The id of the write that made it, when it was one of ours.
    pub(super) mark: Option<String>,
    /// How long ago it was written, by the server's clock alone; when it says so.
    pub(super) age: Option<Duration>,
}

/// How a conditional write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It is there.
    Done,
    /// Something else is there, and was left alone.
    Changed,
    /// Nothing is there any more, and nothing was put there.
    Gone,
}

/// Names the writes of one hand: nobody else's begin with the same.
#[derive(Debug)]
pub(super) struct Marks {
    own: String,
    count: u64,
}

impl Marks {
    pub(super) fn new() -> Self {
        Self { own: format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..)), count: 0 }
    }

    pub(super) fn next(&mut self) -> String {
        self.count += 1;
        format!("{}.{}", self.own, self.count)
    }

    pub(super) fn has_made(&self, mark: &str) -> bool {
        mark.split_once('.').is_some_and(|(own, _)| own == self.own)
    }
}

impl Object {
    /// The object beside this one, with an ending of its own.
    pub(super) fn beside(&self, ending: &str) -> Self {
        Self {
            store: Arc::clone(&self.store),
            path: Path::from(format!("{}{ending}", self.path)),
            place: format!("{}{ending}", self.place),
        }
    }

    /// All of it; `None` when it is not there.
    pub(super) async fn get(&self, patience: Duration) -> Result<Option<Found>, StoreError> {
        self.look(false, patience).await
    }

    /// All but its bytes.
    pub(super) async fn head(&self, patience: Duration) -> Result<Option<Found>, StoreError> {
        self.look(true, patience).await
    }

    async fn look(&self, head: bool, patience: Duration) -> Result<Option<Found>, StoreError> {
        let read = |fault| failed("read", &self.place, fault);
        let options = GetOptions { head, ..GetOptions::default() };
        let result = match timeout(patience, self.store.get_opts(&self.path, options)).await {
            Err(_) => return Err(late("read", &self.place, patience)),
            Ok(Err(error)) => {
                let fault = Fault::of(&error);
                return if fault.is_missing_object() { Ok(None) } else { Err(read(fault)) };
            }
            Ok(Ok(result)) => result,
        };
        let size = result.meta.size;
        if size > LARGEST {
            let gib = size >> 30;
            let words = format!("its {gib} GiB are more than any state: is it the right object?");
            return Err(read(Fault::words(words)));
        }
        let version =
            UpdateVersion { e_tag: result.meta.e_tag.clone(), version: result.meta.version.clone() };
        let mark = result.attributes.get(&Attribute::Metadata(MARK.into())).map(|mark| mark.to_string());
        let written = result.meta.last_modified.timestamp();
        let now = result.extensions.get::<ServerTime>();
        let age = now.and_then(|now| u64::try_from(now.0 - written).ok()).map(Duration::from_secs);
        let bytes = if head {
            Vec::new()
        } else {
            let patience = patience + Duration::from_secs(size / SLOWEST);
            match timeout(patience, result.bytes()).await {
                Err(_) => return Err(late("read", &self.place, patience)),
                Ok(Err(error)) => return Err(read(Fault::of(&error))),
                Ok(Ok(bytes)) => bytes.to_vec(),
            }
        };
        Ok(Some(Found { bytes, version, mark, age }))
    }

    /// Puts bytes in the place of what stands there. `there` is kept up: it is what was put there, or an
    /// earlier write of the same hand whose answer was lost.
    ///
    /// # Errors
    /// When it may not be there: it failed, or nobody can say.
    pub(super) async fn replace(
        &self,
        bytes: &[u8],
        there: &mut There,
        marks: &mut Marks,
        patience: Duration,
    ) -> Result<Ending, StoreError> {
        // The same id for every try: whichever of them arrived, it is this write.
        let mark = marks.next();
        let for_all = patience + Duration::from_secs(bytes.len() as u64 / SLOWEST);
        let mut last = None;
        for turn in 0..TRIES {
            if turn > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            match self.put(bytes, there, &mark, for_all).await {
                Ok(Some(version)) => {
                    *there = There::At(version);
                    return Ok(Ending::Done);
                }
                // Written, and the answer does not say as what; or refused; or nobody knows: look.
                Ok(None) => {}
                Err(Unwritten::Failed(error)) => return Err(error),
                Err(Unwritten::Unclear(error)) => last = Some(error),
            }
            // A line that is dead is not waited for twice.
            let patience = if last.is_some() { patience.min(GLANCE) } else { patience };
            match self.head(patience).await? {
                Some(Found { mark: Some(found), version, .. }) if marks.has_made(&found) => {
                    *there = There::At(version);
                    if found == mark {
                        return Ok(Ending::Done);
                    }
                }
                Some(found) if !is(there, &found.version) => return Ok(Ending::Changed),
                None if *there != There::Nothing => return Ok(Ending::Gone),
                // As before: it never arrived, or the server said no because two were writing at once.
                Some(_) | None => {}
            }
            if last.is_some() && turn > 0 {
                break;
            }
        }
        let nobody = || failed("write", &self.place, Fault::words("the server refuses it again and again"));
        Err(last.unwrap_or_else(nobody))
    }

    /// One conditional write; `None` when it was refused, or when its version is not known.
    async fn put(
        &self,
        bytes: &[u8],
        there: &There,
        mark: &str,
        patience: Duration,
    ) -> Result<Option<UpdateVersion>, Unwritten> {
        let mode = match there {
            There::Nothing => PutMode::Create,
            There::At(version) => PutMode::Update(version.clone()),
        };
        let attributes: Attributes = [
            (Attribute::ContentType, "application/json".to_owned()),
            (Attribute::Metadata(MARK.into()), mark.to_owned()),
        ]
        .into_iter()
        .collect();
        let options = PutOptions { mode, attributes, ..PutOptions::default() };
        match timeout(patience, self.store.put_opts(&self.path, bytes.to_vec().into(), options)).await {
            Err(_) => Err(Unwritten::Unclear(late("write", &self.place, patience))),
            Ok(Ok(put)) if put.e_tag.is_none() => Ok(None),
            Ok(Ok(put)) => Ok(Some(UpdateVersion { e_tag: put.e_tag, version: put.version })),
            Ok(Err(error)) if refused(&error) => Ok(None),
            Ok(Err(error)) => {
                let fault = Fault::of(&error);
                if *there != There::Nothing && fault.is_missing_object() {
                    return Ok(None);
                }
                let final_ = fault.is_final();
                let error = failed("write", &self.place, fault);
                Err(if final_ { Unwritten::Failed(error) } else { Unwritten::Unclear(error) })
            }
        }
    }

    /// Whether the server refuses what must be refused here, where an object is: to create it once more, and to
    /// replace one that is not there.
    pub(super) async fn refuses(&self, bytes: &[u8], marks: &mut Marks) -> Result<bool, StoreError> {
        let stale = UpdateVersion {
            e_tag: Some("\"00000000000000000000000000000000\"".to_owned()),
            version: Some("1".to_owned()),
        };
        for there in [There::Nothing, There::At(stale)] {
            match self.put(bytes, &there, &marks.next(), PATIENCE).await {
                Ok(None) => {}
                Ok(Some(_)) => return Ok(false),
                Err(Unwritten::Failed(error) | Unwritten::Unclear(error)) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Copies it, on the server, over whatever stands at `to`.
    pub(super) async fn copy(&self, to: &Self, patience: Duration) -> Result<(), StoreError> {
        let options = object_store::CopyOptions::default();
        match timeout(patience, self.store.copy_opts(&self.path, &to.path, options)).await {
            Err(_) => Err(late("write", &to.place, patience)),
            Ok(Err(error)) => Err(failed("write", &to.place, Fault::of(&error))),
            Ok(Ok(())) => Ok(()),
        }
    }
}

/// Why a write may not be there.
enum Unwritten {
    /// It is not: the server said so, and why.
    Failed(StoreError),
    /// Nobody knows.
    Unclear(StoreError),
}

/// Whether two versions are one: by what the conditions of this server go by.
fn is(there: &There, version: &UpdateVersion) -> bool {
    match there {
        There::Nothing => false,
        There::At(known) if known.e_tag.is_some() => known.e_tag == version.e_tag,
        There::At(known) => known == version,
    }
}
