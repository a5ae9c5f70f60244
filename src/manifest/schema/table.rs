//! The one table of what a manifest may say.
//!
//! Invariant: an example of a field is what the reader accepts (a test reads them all).

use super::{Absent, Block, Field, Form, Holds, Items, Kind};
use crate::instance::Retries;
use crate::manifest::desired::{DEFAULT_TOKEN_ENV, USUAL_PERCENT};

const fn field(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, required: false, about, examples: &[], absent: None }
}

const fn required(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { required: true, ..field(name, kind, about) }
}

impl Field {
    const fn such_as(self, examples: &'static [&'static str]) -> Self {
        Self { examples, ..self }
    }

    const fn or_else(self, absent: Absent) -> Self {
        Self { absent: Some(absent), ..self }
    }
}

/// A manifest as short as one that is of use.
pub const MANIFEST_EXAMPLE: &str = "
fleet: acme-production
instances:
  acme-sales:
    labels: {crm_account: \"8841\"}
    protect: true
  acme-support:
";

/// The whole manifest. `fleet` is required of the manifest, not of each of its files.
pub static MANIFEST: Block = Block {
    name: "manifest",
    what: "the manifest",
    fields: &[
        field(
            "fleet",
            Kind::Text(Form::Name),
            "Names the state: lower-case letters, digits and `-`, at most 63.",
        )
        .such_as(&["acme-production"]),
        field("account", Kind::Block(&ACCOUNT), "The Wawp account the instances live in."),
        field("guards", Kind::Block(&GUARDS), "What may refuse a plan."),
        field(
            "defaults",
            Kind::Block(&DEFAULTS),
            "Merged under every instance of every file: labels key by key (the instance wins), any other field as a whole.",
        ),
        field(
            "instances",
            Kind::Maybe(&Kind::Map(Form::Name, &Kind::Maybe(&Kind::Block(&INSTANCE)))),
            "The instances, by name; a name is unique over all files.",
        )
        .such_as(&["{acme-sales: {labels: {team: sales}}, acme-support: }"]),
        field(
            "released",
            Kind::List(&Kind::Text(Form::Name), Items::DISTINCT),
            "Names to stop managing; the live session is kept.",
        )
        .such_as(&["[acme-old-shop]"]),
        field(
            "accepted_drift",
            Kind::List(&AN_ACCEPTED_DRIFT, Items::ANY),
            "Drift that is known and does not count for a time.",
        ),
    ],
    apart: None,
};

/// The account.
pub static ACCOUNT: Block = Block {
    name: "account",
    what: "`account`",
    fields: &[
        field(
            "token_env",
            Kind::Variable(Holds::Token),
            "The NAME of the environment variable that holds the access token: `WAWP_…`, or one that is allowed where wawpform is run.",
        )
        .such_as(&[DEFAULT_TOKEN_ENV])
        .or_else(Absent::Text(DEFAULT_TOKEN_ENV)),
        field("max_instances", Kind::Count(0), "How many instances the account allows; more are refused.")
            .such_as(&["10"]),
        field(
            "max_concurrency",
            Kind::Count(1),
            "How many calls may be in flight at most, whatever --concurrency says; at least 1.",
        )
        .such_as(&["8"]),
    ],
    apart: None,
};

/// The guards.
pub static GUARDS: Block = Block {
    name: "guards",
    what: "`guards`",
    fields: &[field(
        "max_deletes",
        Kind::CountOrPercent,
        "How many deletes one plan may hold: a count, or a percentage of the recorded instances.",
    )
    .such_as(&["10%", "1"])
    .or_else(Absent::Percent(USUAL_PERCENT))],
    apart: None,
};

const LABELS: Field = field(
    "labels",
    Kind::Map(Form::LabelKey, &Kind::Text(Form::Label)),
    "Your own ids and words; kept in the state and in `output`.",
)
.such_as(&["{crm_account: \"8841\", team: sales}"]);
const RUNNING: Field =
    field("running", Kind::Flag, "Start after create (true, the default), or leave STOPPED (false).");
const RATE_LIMIT: Field =
    field("rate_limit", Kind::Text(Form::Slug), "The slug of the sending policy.").such_as(&["strict"]);
const PROTECT: Field = field("protect", Kind::Flag, "Never deleted while this stands.");
const EXPECT_NUMBER: Field = field(
    "expect_number",
    Kind::Text(Form::Phone),
    "The phone that should be paired: country code and number, digits only, in quotes.",
)
.such_as(&["\"201012345678\""]);
static A_WEBHOOK: Kind = Kind::Block(&WEBHOOK);
const WEBHOOKS: Field = field(
    "webhooks",
    Kind::List(&A_WEBHOOK, Items::ANY),
    "Webhooks to set; an instance's list replaces the defaults'.",
);

/// What `defaults` may set.
pub static DEFAULTS: Block = Block {
    name: "defaults",
    what: "`defaults`",
    fields: &[
        LABELS,
        RUNNING.or_else(Absent::Flag(true)),
        RATE_LIMIT,
        PROTECT.or_else(Absent::Flag(false)),
        EXPECT_NUMBER,
        WEBHOOKS,
    ],
    apart: None,
};

/// One instance. What it does not say, `defaults` may.
pub static INSTANCE: Block = Block {
    name: "instance",
    what: "an instance",
    fields: &[
        LABELS,
        RUNNING,
        RATE_LIMIT,
        PROTECT,
        EXPECT_NUMBER,
        WEBHOOKS,
        field(
            "previously",
            Kind::Text(Form::Name),
            "The name it had before; the live session is not touched.",
        )
        .such_as(&["acme-helpdesk"]),
        field(
            "adopt",
            Kind::Text(Form::InstanceId),
            "The instance_id of an existing instance to bind instead of creating one.",
        )
        .such_as(&["3EB0BCB2E3D4"]),
    ],
    apart: Some(["adopt", "previously"]),
};

/// One webhook.
pub static WEBHOOK: Block = Block {
    name: "webhook",
    what: "a webhook",
    fields: &[
        required("url", Kind::Text(Form::Url), "Where events go; https only.")
            .such_as(&["https://crm.example.com/hooks/wawp"]),
        required(
            "events",
            Kind::List(&Kind::Text(Form::Event), Items::SOME),
            "Which events; at least one.",
        )
        .such_as(&["[message, message.ack, session.status]"]),
        field("retries", Kind::Block(&RETRIES), "How a failed delivery is repeated."),
        field(
            "hmac_env",
            Kind::Variable(Holds::SigningSecret),
            "The NAME of the environment variable that holds the signing secret: `WAWP_…`, or one that is allowed where wawpform is run.",
        )
        .such_as(&["WAWP_CRM_HOOK_SECRET"]),
    ],
    apart: None,
};

/// How a failed delivery is repeated.
pub static RETRIES: Block = Block {
    name: "retries",
    what: "`retries`",
    fields: &[
        field("delay", Kind::Count(0), "Seconds between attempts; 2 when absent.")
            .or_else(Absent::Count(Retries::VENDOR.delay)),
        field("attempts", Kind::Count(0), "How many attempts; 15 when absent.")
            .or_else(Absent::Count(Retries::VENDOR.attempts)),
    ],
    apart: None,
};

static AN_ACCEPTED_DRIFT: Kind = Kind::Block(&ACCEPTED_DRIFT);

/// One entry of `accepted_drift`.
pub static ACCEPTED_DRIFT: Block = Block {
    name: "accepted_drift",
    what: "an accepted drift",
    fields: &[
        required("name", Kind::Text(Form::Name), "An instance of the manifest.").such_as(&["acme-sales"]),
        required(
            "class",
            Kind::OneOrMany(&Kind::Text(Form::DriftClass), Items::SOME_DISTINCT),
            "How it may differ, such as `policy`: one, or a list.",
        )
        .such_as(&["policy", "[stopped, phone]"]),
        required("reason", Kind::Text(Form::Line), "Why, in one short line.")
            .such_as(&["support raised it by hand for the sale"]),
        required("until", Kind::Date, "The last day on which it does not count, such as `2026-12-31`.")
            .such_as(&["2026-12-31"]),
    ],
    apart: None,
};
