//! The state in object storage, against real servers: SeaweedFS, moto, Azurite, and s3rver, which lies.

#![cfg(feature = "object-storage")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(unreachable_pub, missing_docs, reason = "the names are sentences")]

#[path = "../contract/mod.rs"]
mod contract;
#[path = "../servers/mod.rs"]
mod servers;

mod command;
mod lease;
mod line;
mod place;
mod refusals;

mod moto {
    use crate::contract::promises;
    use crate::place::Bucket;

    promises!(match Bucket::moto() {
        Some(fresh) => fresh,
        None => return,
    });
}

mod seaweed {
    use crate::contract::promises;
    use crate::place::Bucket;

    promises!(match Bucket::seaweed() {
        Some(fresh) => fresh,
        None => return,
    });
}

mod azurite {
    use crate::contract::promises;
    use crate::place::Bucket;

    promises!(match Bucket::azurite() {
        Some(fresh) => fresh,
        None => return,
    });
}
