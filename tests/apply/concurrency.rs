//! How many calls are in flight when the run finds out by itself.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use wawpform::manifest::Desired;
use wawpform::sandbox::{Gate, Options, Point};
use wawpform::wawp::Concurrency;

use super::scene::{How, Scene, fleet, options, stands};

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

fn many(count: usize) -> Desired {
    let names: Vec<String> = (0..count).map(|index| format!("shop-{index:02}")).collect();
    fleet(names.iter().map(|name| (name.as_str(), stands())))
}

fn auto(most: usize) -> How {
    How { concurrency: Concurrency::Auto { most }, ..How::default() }
}

#[tokio::test]
async fn it_begins_with_four_grows_and_never_exceeds_what_is_allowed() {
    const MOST: usize = 6;
    let inside = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let all_together = Arc::new(Semaphore::new(0));
    let (counts, together) = (Arc::clone(&inside), Arc::clone(&all_together));
    // Once there may be more, nobody leaves before as many are inside as ever may be.
    let gate: Gate = Arc::new(move |moment| {
        let (counts, together) = (Arc::clone(&counts), Arc::clone(&together));
        Box::pin(async move {
            match moment.point {
                Point::BeforeExecuting => {
                    let now = counts.0.fetch_add(1, Ordering::SeqCst) + 1;
                    counts.1.fetch_max(now, Ordering::SeqCst);
                    if now == MOST {
                        together.add_permits(1_000);
                    }
                    if moment.number > 20 {
                        let _met =
                            tokio::time::timeout(LONG, together.acquire()).await.expect("it never grew");
                    }
                }
                Point::Executed => {}
                Point::BeforeAnswering => {
                    counts.0.fetch_sub(1, Ordering::SeqCst);
                }
            }
        })
    });
    let scene = Scene::on(Options { gate: Some(gate), ..options("faults: []") }).await;
    scene.apply_as(&many(60), auto(MOST)).await.all_done();
    assert_eq!(inside.1.load(Ordering::SeqCst), MOST);

    let scene = Scene::new().await;
    scene.apply_as(&many(20), auto(1)).await.all_done();
    assert_eq!(scene.sandbox.instances().len(), 20);
}

#[tokio::test]
async fn an_api_that_takes_so_many_calls_a_second_gets_all_of_them_and_none_twice() {
    let rate = NonZeroU32::new(40);
    let scene = Scene::on(Options { rate, ..options("faults: []") }).await;
    scene.apply_as(&many(90), auto(64)).await.all_done();
    let mut answers = BTreeMap::new();
    for entry in scene.sandbox.log() {
        *answers.entry(entry.status.unwrap()).or_insert(0) += 1;
    }
    assert_eq!(answers[&201], 90, "{answers:?}");
    assert!(answers.contains_key(&429), "{answers:?}");
    assert_eq!(scene.sandbox.instances().len(), 90);
}
