//! The trap: says when so many points of calls were passed at the server, and whether any call is on its way.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};

use wawpform::sandbox::{Gate, Moment, Point};

/// What the one who waits is told.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    /// The trap has snapped.
    Reached,
    /// The program has ended by itself.
    Ended,
}

#[derive(Default)]
struct Inner {
    /// How many points are left, and whom to tell.
    set: Option<(usize, Sender<Told>)>,
    under_way: usize,
}

/// Counts the points that calls pass.
#[derive(Default)]
pub struct Trap(Mutex<Inner>);

impl Trap {
    pub fn gate(trap: &Arc<Self>) -> Gate {
        let trap = Arc::clone(trap);
        Arc::new(move |moment| {
            trap.pass(&moment);
            Box::pin(async {})
        })
    }

    fn pass(&self, moment: &Moment) {
        let mut inner = self.0.lock().unwrap();
        match moment.point {
            Point::BeforeExecuting => inner.under_way += 1,
            Point::Executed => {}
            Point::BeforeAnswering => inner.under_way -= 1,
        }
        if let Some((left, _)) = &mut inner.set {
            *left = left.saturating_sub(1);
            if *left == 0 {
                let (_, sender) = inner.set.take().unwrap();
                let _ = sender.send(Told::Reached);
            }
        }
    }

    /// Tells at the n-th point from now on.
    pub fn set(&self, points: usize, sender: Sender<Told>) {
        self.0.lock().unwrap().set = Some((points.max(1), sender));
    }

    pub fn disarm(&self) {
        self.0.lock().unwrap().set = None;
    }

    pub fn is_quiet(&self) -> bool {
        self.0.lock().unwrap().under_way == 0
    }
}
