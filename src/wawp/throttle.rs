//! How many calls may be in flight when nobody says a number: few at first, more while answers come as quickly as
//! they did, half as many when the API pushes back.
//!
//! Invariant: never above what is allowed, never none; and one push is one push, however many calls felt it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::wire::Endpoint;

/// So many at first, and answers that take longer alone never bring it below.
const FIRST: f64 = 4.0;
/// An average over fewer answers says little.
const FEWEST: usize = 8;
/// While answers take less than so many times as long as at their best, there is room.
const ROOM: f64 = 1.5;
/// At the beginning, when the number doubles, a little more is borne, since half of it was not yet too much.
const ROOM_AT_FIRST: f64 = 2.0;
/// Differences below this, in seconds, are this machine's own: a scheduler, a sync. No API far away answers so quickly.
const OWN: f64 = 0.005;
/// From so many times on, calls only wait for each other.
const CROWDED: f64 = 3.0;

/// What is known of one call that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Came {
    /// Which call: some take longer than others.
    pub(super) endpoint: Endpoint,
    /// When it left, on a clock that began with the run.
    pub(super) left: Duration,
    /// When it came back.
    pub(super) back: Duration,
    /// Whether the API said that it has enough, or could not answer at all.
    pub(super) pushed_back: bool,
}

/// Finds the number.
#[derive(Debug)]
pub(super) struct Throttle {
    most: f64,
    limit: f64,
    /// No limit was met yet.
    doubling: bool,
    /// Calls that left before this were in flight with another number.
    since: Duration,
    /// How many answers there are since then, and how long they took.
    seen: BTreeMap<Endpoint, (usize, f64)>,
    /// How long they took at their best, on average, in seconds.
    best: BTreeMap<Endpoint, f64>,
}

impl Throttle {
    /// Begins with a few, and never has more than `most` or fewer than one.
    pub(super) fn new(most: usize) -> Self {
        let most = (most.max(1)) as f64;
        Self {
            most,
            limit: FIRST.min(most),
            doubling: true,
            since: Duration::ZERO,
            seen: BTreeMap::new(),
            best: BTreeMap::new(),
        }
    }

    /// How many calls may be in flight.
    pub(super) fn limit(&self) -> usize {
        self.limit as usize
    }

    /// Takes note of a call that came back.
    pub(super) fn heard(&mut self, came: &Came) {
        let Came { endpoint, left, back, pushed_back } = *came;
        if left < self.since {
            return;
        }
        if pushed_back {
            self.doubling = false;
            return self.set(self.limit / 2.0, back);
        }
        let (count, took) = self.seen.entry(endpoint).or_default();
        *count += 1;
        *took += back.saturating_sub(left).as_secs_f64();
        let count: usize = self.seen.values().map(|(count, _)| count).sum();
        if count >= FEWEST.max(self.limit()) {
            self.decide(back);
        }
    }

    fn decide(&mut self, now: Duration) {
        let (mut took, mut at_best) = (0.0, 0.0);
        // So few do not crowd each other: if they take longer now, the API has become slower.
        let are_few = self.limit <= FIRST;
        for (endpoint, (count, sum)) in std::mem::take(&mut self.seen) {
            let average = sum / count as f64;
            let best = self.best.entry(endpoint).or_insert(average);
            took += sum;
            at_best += best.max(OWN) * count as f64;
            *best = if are_few { average } else { average.min(*best) };
        }
        let crowd = if at_best > 0.0 { took / at_best } else { 1.0 };
        let next = match self.doubling {
            true if crowd < ROOM_AT_FIRST => self.limit * 2.0,
            _ if crowd < ROOM => self.limit + 1.0 + self.limit / 16.0,
            _ if crowd > CROWDED => (self.limit * 0.875).max(FIRST.min(self.limit)),
            _ => self.limit,
        };
        self.doubling &= crowd < ROOM_AT_FIRST;
        self.set(next, now);
    }

    fn set(&mut self, limit: f64, now: Duration) {
        let limit = limit.clamp(1.0, self.most);
        if limit as usize != self.limit() {
            self.since = now;
        }
        self.limit = limit;
        self.seen.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that has so many hands, and takes so long for a call that one of them takes up.
    struct Server {
        hands: usize,
        takes: Duration,
    }

    /// Calls go out in rounds of as many as are allowed; how many there were after so many rounds.
    fn settled(throttle: &mut Throttle, server: &Server, rounds: usize) -> usize {
        let mut now = throttle.since;
        for _ in 0..rounds {
            let at_once = throttle.limit();
            let waits = u32::try_from(at_once.div_ceil(server.hands)).unwrap();
            let back = now + server.takes * waits;
            for _ in 0..at_once {
                throttle.heard(&Came { endpoint: Endpoint::Info, left: now, back, pushed_back: false });
            }
            now = back;
        }
        throttle.limit()
    }

    fn pushed_back(throttle: &mut Throttle, left: Duration, back: Duration) {
        throttle.heard(&Came { endpoint: Endpoint::Info, left, back, pushed_back: true });
    }

    const QUICK: Duration = Duration::from_millis(20);

    #[test]
    fn it_begins_low_and_doubles_up_to_what_is_allowed_while_answers_are_as_quick() {
        let server = Server { hands: 1_000, takes: QUICK };
        let mut throttle = Throttle::new(64);
        let limits: Vec<_> = (0..8).map(|_| settled(&mut throttle, &server, 1)).collect();
        assert_eq!(limits, [4, 8, 16, 32, 64, 64, 64, 64]);
        assert_eq!(settled(&mut Throttle::new(3), &server, 50), 3);
        assert_eq!(settled(&mut Throttle::new(1), &server, 50), 1);
        assert_eq!(Throttle::new(0).limit(), 1);
    }

    #[test]
    fn answers_from_this_machine_itself_are_never_slow() {
        let server = Server { hands: 16, takes: Duration::from_millis(1) };
        assert_eq!(settled(&mut Throttle::new(64), &server, 10), 64);
    }

    #[test]
    fn it_stays_near_what_the_server_has_hands_for() {
        for hands in [6, 10, 24, 100] {
            let server = Server { hands, takes: QUICK };
            let mut throttle = Throttle::new(1_000);
            settled(&mut throttle, &server, 40);
            for _ in 0..200 {
                let limit = settled(&mut throttle, &server, 1);
                assert!((hands..=hands * 4).contains(&limit), "{limit} for {hands} hands");
            }
        }
    }

    #[test]
    fn one_push_halves_it_once_however_many_calls_felt_it() {
        let mut throttle = Throttle::new(64);
        settled(&mut throttle, &Server { hands: 100, takes: QUICK }, 10);
        let left = throttle.since;
        for _ in 0..64 {
            pushed_back(&mut throttle, left, left + QUICK);
        }
        assert_eq!(throttle.limit(), 32);
        for expected in [16, 8, 4, 2, 1, 1, 1] {
            let left = throttle.since;
            pushed_back(&mut throttle, left, left + QUICK);
            assert_eq!(throttle.limit(), expected);
        }
    }

    #[test]
    fn after_a_push_it_grows_slowly() {
        let server = Server { hands: 1_000, takes: QUICK };
        let mut throttle = Throttle::new(64);
        settled(&mut throttle, &server, 10);
        let left = throttle.since;
        pushed_back(&mut throttle, left, left + QUICK);
        let limits: Vec<_> = (0..3).map(|_| settled(&mut throttle, &server, 1)).collect();
        assert_eq!(limits, [35, 38, 41]);
    }

    #[test]
    fn answers_that_take_longer_for_good_do_not_choke_it() {
        let mut throttle = Throttle::new(64);
        settled(&mut throttle, &Server { hands: 100, takes: QUICK }, 20);
        let slow = Server { hands: 100, takes: QUICK * 10 };
        assert!(settled(&mut throttle, &slow, 20) >= 4);
        assert_eq!(settled(&mut throttle, &slow, 500), 64);
    }

    #[test]
    fn quick_and_slow_calls_are_each_held_against_their_own_best() {
        let mut throttle = Throttle::new(64);
        let mut now = Duration::ZERO;
        for round in 0..40 {
            // What kind of calls there are changes all the time.
            let slow = if round % 2 == 0 { 1 } else { 7 };
            for at in 0..throttle.limit().max(8) {
                let (endpoint, takes) =
                    if at % 8 < slow { (Endpoint::Create, QUICK * 20) } else { (Endpoint::Info, QUICK) };
                throttle.heard(&Came { endpoint, left: now, back: now + takes, pushed_back: false });
            }
            now += QUICK * 20;
        }
        assert_eq!(throttle.limit(), 64);
    }
}
