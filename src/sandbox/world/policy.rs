//! The sending policies that an instance can have (wawp-api.md §2.9).
//!
//! Invariant: `strict` and `standard_policy` are the vendor's words and free; every other slug is the sandbox's
//! own, because those of paid accounts are not documented.

use super::kept::Plan;

/// A sending policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// What it is set by.
    pub slug: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Whether a free account may have it.
    pub is_free: bool,
    /// Its limits, in the order of [`LIMITS`].
    pub limits: [u32; 8],
}

/// What a policy limits, by the vendor's words.
pub const LIMITS: [&str; 8] = [
    "send_message_per_minute",
    "send_message_daily_cap",
    "account_protection_seconds",
    "concurrent_limit",
    "group_req_per_minute",
    "group_daily_cap",
    "check_req_per_minute",
    "check_daily_cap",
];

/// The slug that a new instance has.
pub(super) const STANDARD: &str = "standard_policy";

/// Every policy.
pub const POLICIES: [Policy; 4] = [
    Policy { slug: "strict", name: "Strict", is_free: true, limits: [5, 200, 12, 1, 2, 20, 5, 100] },
    Policy { slug: STANDARD, name: "Standard", is_free: true, limits: [20, 1000, 3, 1, 10, 100, 20, 500] },
    Policy {
        slug: "high_throughput",
        name: "High throughput",
        is_free: false,
        limits: [120, 20_000, 0, 5, 60, 2000, 120, 10_000],
    },
    Policy {
        slug: "unlimited",
        name: "Unlimited",
        is_free: false,
        limits: [600, 500_000, 0, 20, 600, 50_000, 600, 50_000],
    },
];

impl Policy {
    /// The policy of this slug.
    #[must_use]
    pub fn of(slug: &str) -> Option<&'static Self> {
        POLICIES.iter().find(|policy| policy.slug == slug)
    }

    /// Whether an account of this plan may have it.
    #[must_use]
    pub const fn is_for(&self, plan: Plan) -> bool {
        self.is_free || matches!(plan, Plan::Paid)
    }
}
