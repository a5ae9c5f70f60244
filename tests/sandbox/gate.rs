//! The gate: a test can stop the world at any point of any call.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use wawpform::sandbox::{Gate, Moment, Options, Point};
use wawpform::wawp::wire::Endpoint;

use super::{options, start};

#[tokio::test]
async fn a_call_passes_the_gate_before_and_after_its_effect_and_before_its_answer() {
    let passed = Arc::new(Mutex::new(Vec::new()));
    let gate: Gate = {
        let passed = Arc::clone(&passed);
        Arc::new(move |moment: Moment| {
            passed.lock().unwrap().push((moment.number, moment.endpoint, moment.point));
            Box::pin(async {})
        })
    };
    let api = start(Options { gate: Some(gate), ..options() }).await;
    let id = api.create().await;
    api.call("delete", &id).await;
    api.call("info", &id).await;
    let each = [Point::BeforeExecuting, Point::Executed, Point::BeforeAnswering];
    let expected = each
        .map(|point| (1, Endpoint::Create, point))
        .into_iter()
        .chain(each.map(|point| (2, Endpoint::Delete, point)))
        // A refusal has no effect to pass after.
        .chain([(3, Endpoint::Info, each[0]), (3, Endpoint::Info, each[2])]);
    assert_eq!(*passed.lock().unwrap(), expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_client_killed_at_any_point_leaves_the_world_as_it_was_there_and_others_go_on() {
    for (point, made) in [(Point::BeforeExecuting, 0), (Point::Executed, 1), (Point::BeforeAnswering, 1)] {
        let reached = Arc::new(Notify::new());
        let gate: Gate = {
            let reached = Arc::clone(&reached);
            Arc::new(move |moment: Moment| {
                let reached = Arc::clone(&reached);
                Box::pin(async move {
                    if moment.number == 1 && moment.point == point {
                        reached.notify_one();
                        std::future::pending::<()>().await;
                    }
                })
            })
        };
        let api = start(Options { gate: Some(gate), ..options() }).await;
        tokio::select! {
            got = api.try_call("create", "") => panic!("{point:?}: {got:?}"),
            () = reached.notified() => {}
        }
        assert_eq!(api.sandbox.instances().len(), made, "{point:?}");
        api.create().await;
        assert_eq!(api.sandbox.instances().len(), made + 1, "{point:?}");
        let entry = api.sandbox.log().remove(0);
        assert_eq!((entry.executed, entry.delivered), (made == 1, false), "{point:?}");
        api.sandbox.stop().await;
    }
}

#[tokio::test]
async fn a_call_whose_client_leaves_is_carried_out_all_the_same() {
    let reached = Arc::new(Notify::new());
    let go_on = Arc::new(Notify::new());
    let gate: Gate = {
        let (reached, go_on) = (Arc::clone(&reached), Arc::clone(&go_on));
        Arc::new(move |moment: Moment| {
            let (reached, go_on) = (Arc::clone(&reached), Arc::clone(&go_on));
            Box::pin(async move {
                if moment.point == Point::BeforeExecuting {
                    reached.notify_one();
                    go_on.notified().await;
                }
            })
        })
    };
    let api = start(Options { gate: Some(gate), ..options() }).await;
    tokio::select! {
        got = api.try_call("create", "") => panic!("{got:?}"),
        () = reached.notified() => {}
    }
    go_on.notify_one();
    api.sandbox.log_until(|log| log[0].executed).await;
    assert_eq!(api.sandbox.instances().len(), 1);
}
