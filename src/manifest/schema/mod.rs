//! The one table of what a manifest may say: every field, its kind, and a line about it.
//!
//! Invariant: it agrees with the typed reader (a test compares them), so that diagnostics, hints and the JSON
//! Schema for editors can be made from it.

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text. A number or `true` without quotes is not one: `0042` and `1.10` would not survive.
    Text,
    /// The name of an environment variable: a text that is never shown, because people put secrets there.
    Variable,
    /// `true` or `false`.
    Flag,
    /// A whole number from 0 to 4294967295.
    Count,
    /// A count, or a text such as `30%`.
    CountOrPercent,
    /// A day, as a text such as `2026-12-31`; quotes are not needed.
    Date,
    /// A list of values of one kind.
    List(&'static Kind),
    /// One value of a kind, or a list of them.
    OneOrMany(&'static Kind),
    /// A map whose keys the user chooses.
    Map(&'static Kind),
    /// A map with known fields.
    Block(&'static Block),
    /// The same, or nothing at all, which then means empty.
    Maybe(&'static Kind),
}

impl Kind {
    /// With its article, for messages.
    #[must_use]
    pub fn as_words(&self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Variable => "the name of an environment variable",
            Self::Flag => "`true` or `false`",
            Self::Count => "a whole number",
            Self::CountOrPercent => "a whole number or a percentage such as `30%`",
            Self::Date => "a date such as `2026-12-31`",
            Self::List(_) => "a list",
            Self::OneOrMany(_) => "a text or a list of texts",
            Self::Map(_) => "a map",
            Self::Block(_) => "a block of fields",
            Self::Maybe(inner) => inner.as_words(),
        }
    }
}

/// A map with known fields.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// How people call it: `an instance`.
    pub what: &'static str,
    /// Its fields, in the order in which they are written.
    pub fields: &'static [Field],
}

/// One field of a block.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Whether every block of its sort must have it.
    pub required: bool,
    /// What it is for, in one sentence.
    pub about: &'static str,
}

const fn field(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, required: false, about }
}

const fn required(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, required: true, about }
}

/// The whole manifest. `fleet` is required of the manifest, not of each of its files.
pub static MANIFEST: Block = Block {
    what: "the manifest",
    fields: &[
        field("fleet", Kind::Text, "Names the state: lower-case letters, digits and `-`, at most 63."),
        field("account", Kind::Block(&ACCOUNT), "The Wawp account the instances live in."),
        field("guards", Kind::Block(&GUARDS), "What may refuse a plan."),
        field(
            "defaults",
            Kind::Block(&DEFAULTS),
            "Merged under every instance of every file: labels key by key (the instance wins), any other field as a whole.",
        ),
        field(
            "instances",
            Kind::Maybe(&Kind::Map(&Kind::Maybe(&Kind::Block(&INSTANCE)))),
            "The instances, by name; a name is unique over all files.",
        ),
        field("released", Kind::List(&Kind::Text), "Names to stop managing; the live session is kept."),
        field(
            "accepted_drift",
            Kind::List(&AN_ACCEPTED_DRIFT),
            "Drift that is known and does not count for a time.",
        ),
    ],
};

/// The account.
pub static ACCOUNT: Block = Block {
    what: "`account`",
    fields: &[
        field(
            "token_env",
            Kind::Variable,
            "The NAME of the environment variable that holds the access token: `WAWP_…`, or one that is allowed where wawpform is run.",
        ),
        field("max_instances", Kind::Count, "How many instances the account allows; more are refused."),
        field(
            "max_concurrency",
            Kind::Count,
            "How many calls may be in flight at most, whatever --concurrency says; at least 1.",
        ),
    ],
};

/// The guards.
pub static GUARDS: Block = Block {
    what: "`guards`",
    fields: &[field(
        "max_deletes",
        Kind::CountOrPercent,
        "How many deletes one plan may hold: a count, or a percentage of the recorded instances.",
    )],
};

const LABELS: Field =
    field("labels", Kind::Map(&Kind::Text), "Your own ids and words; kept in the state and in `output`.");
const RUNNING: Field =
    field("running", Kind::Flag, "Start after create (true, the default), or leave STOPPED (false).");
const RATE_LIMIT: Field = field("rate_limit", Kind::Text, "The slug of the sending policy.");
const PROTECT: Field = field("protect", Kind::Flag, "Never deleted while this stands.");
const EXPECT_NUMBER: Field = field(
    "expect_number",
    Kind::Text,
    "The phone that should be paired: country code and number, digits only, in quotes.",
);
static A_WEBHOOK: Kind = Kind::Block(&WEBHOOK);
const WEBHOOKS: Field =
    field("webhooks", Kind::List(&A_WEBHOOK), "Webhooks to set; an instance's list replaces the defaults'.");

/// What `defaults` may set.
pub static DEFAULTS: Block =
    Block { what: "`defaults`", fields: &[LABELS, RUNNING, RATE_LIMIT, PROTECT, EXPECT_NUMBER, WEBHOOKS] };

/// One instance.
pub static INSTANCE: Block = Block {
    what: "an instance",
    fields: &[
        LABELS,
        RUNNING,
        RATE_LIMIT,
        PROTECT,
        EXPECT_NUMBER,
        WEBHOOKS,
        field("previously", Kind::Text, "The name it had before; the live session is not touched."),
        field(
            "adopt",
            Kind::Text,
            "The instance_id of an existing instance to bind instead of creating one.",
        ),
    ],
};

/// One webhook.
pub static WEBHOOK: Block = Block {
    what: "a webhook",
    fields: &[
        required("url", Kind::Text, "Where events go; https only."),
        required("events", Kind::List(&Kind::Text), "Which events; at least one."),
        field("retries", Kind::Block(&RETRIES), "How a failed delivery is repeated."),
        field(
            "hmac_env",
            Kind::Variable,
            "The NAME of the environment variable that holds the signing secret: `WAWP_…`, or one that is allowed where wawpform is run.",
        ),
    ],
};

/// How a failed delivery is repeated.
pub static RETRIES: Block = Block {
    what: "`retries`",
    fields: &[
        field("delay", Kind::Count, "Seconds between attempts; 2 when absent."),
        field("attempts", Kind::Count, "How many attempts; 15 when absent."),
    ],
};

static AN_ACCEPTED_DRIFT: Kind = Kind::Block(&ACCEPTED_DRIFT);

/// One entry of `accepted_drift`.
pub static ACCEPTED_DRIFT: Block = Block {
    what: "an accepted drift",
    fields: &[
        required("name", Kind::Text, "An instance of the manifest."),
        required(
            "class",
            Kind::OneOrMany(&Kind::Text),
            "How it may differ, such as `policy`: one, or a list.",
        ),
        required("reason", Kind::Text, "Why, in one short line."),
        required("until", Kind::Date, "The last day on which it does not count, such as `2026-12-31`."),
    ],
};

/// Every block, for a hint that says where a misplaced field belongs; but for an accepted drift: `name` and `reason`
/// are written in other places by people who mean something else.
static ALL: [&Block; 7] = [&INSTANCE, &DEFAULTS, &ACCOUNT, &GUARDS, &WEBHOOK, &RETRIES, &MANIFEST];

impl Block {
    /// The field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// What to do about a field that `block` does not have.
pub(super) fn hint_for_unknown(block: &Block, name: &str) -> String {
    let known: Vec<&str> = block.fields.iter().map(|field| field.name).collect();
    if let Some(near) = nearest(&name.to_lowercase().replace('-', "_"), &known) {
        return format!("did you mean `{near}`?");
    }
    if let Some(home) = ALL.iter().find(|home| home.field(name).is_some()) {
        return format!("`{name}` belongs in {}", home.what);
    }
    format!("{} has the fields {}", block.what, listed(&known))
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// The candidate that a slip of the finger would turn into `word`.
pub(super) fn nearest<'c>(word: &str, candidates: &[&'c str]) -> Option<&'c str> {
    // No field and no name is that long, and the distance takes time in proportion to the length.
    if word.len() > 64 {
        return None;
    }
    candidates
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_field_is_answered_with_the_nearest_its_home_or_the_list() {
        assert_eq!(hint_for_unknown(&INSTANCE, "webhoks"), "did you mean `webhooks`?");
        assert_eq!(hint_for_unknown(&INSTANCE, "expect-number"), "did you mean `expect_number`?");
        assert_eq!(hint_for_unknown(&MANIFEST, "protect"), "`protect` belongs in an instance");
        assert_eq!(hint_for_unknown(&RETRIES, "colour"), "`retries` has the fields `delay`, `attempts`");
    }
}
