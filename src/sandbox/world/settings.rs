//! What an account, or somebody in the dashboard, sets on an instance: its sending policy and its webhooks.
//!
//! Invariant: the plan holds back only what comes through the API; from outside everything that exists can be
//! set, as an account may have been a paid one before.

use jiff::Timestamp;

use super::kept::Plan;
use super::policy::Policy;
use super::session::Instance;
use super::webhook::{Webhook, WebhookChange};
use super::{Account, Refusal, World, naming};

impl World {
    /// The accounts' plan.
    #[must_use]
    pub const fn plan(&self) -> Plan {
        self.header.plan
    }

    /// Sets the sending policy; `who` is nobody when it is done from outside.
    ///
    /// # Errors
    /// No such instance or policy, or one that is not for this plan.
    pub fn set_policy(
        &mut self,
        who: Option<&Account>,
        id: &str,
        slug: &str,
        now: Timestamp,
    ) -> Result<Instance, Refusal> {
        let plan = self.header.plan;
        self.try_change(who, id, |it| {
            let policy = Policy::of(slug).ok_or(Refusal::UnknownPolicy)?;
            if who.is_some() && !policy.is_for(plan) {
                return Err(Refusal::SubscriptionRequired);
            }
            if policy.slug != it.policy {
                it.policy_before = Some(std::mem::replace(&mut it.policy, policy.slug.to_owned()));
                it.changed_at = now;
            }
            Ok(())
        })
    }

    /// Reads the webhooks.
    ///
    /// # Errors
    /// No such instance, or not on a free plan.
    pub fn webhooks(&self, who: &Account, id: &str) -> Result<Instance, Refusal> {
        let it = self.me(who, id)?;
        if self.header.plan == Plan::Paid { Ok(it) } else { Err(Refusal::SubscriptionRequired) }
    }

    /// Sets one webhook, new or in the place of the one with its URL. What it does not say is as if it were new.
    /// The vendor's own can only be turned on and off.
    ///
    /// # Errors
    /// As in [`Self::webhooks`].
    pub fn set_webhook(
        &mut self,
        who: Option<&Account>,
        id: &str,
        webhook: Webhook,
        now: Timestamp,
    ) -> Result<Instance, Refusal> {
        self.set_up(who, id, now, |it, system| {
            if webhook.url == system {
                it.system_webhook_is_off = !webhook.is_active;
                return Ok(());
            }
            match it.webhooks.iter_mut().find(|kept| kept.url == webhook.url) {
                Some(kept) => *kept = webhook,
                None => it.webhooks.push(webhook),
            }
            Ok(())
        })
    }

    /// Changes a part of one webhook.
    ///
    /// # Errors
    /// As in [`Self::webhooks`], and when there is none of this URL.
    pub fn update_webhook(
        &mut self,
        who: Option<&Account>,
        id: &str,
        url: &str,
        change: WebhookChange,
        now: Timestamp,
    ) -> Result<Instance, Refusal> {
        self.set_up(who, id, now, |it, system| {
            if url == system {
                it.system_webhook_is_off = change.is_active.map_or(it.system_webhook_is_off, |on| !on);
                return Ok(());
            }
            let kept = it.webhooks.iter_mut().find(|kept| kept.url == url);
            kept.ok_or(Refusal::NoSuchWebhook)?.apply(change);
            Ok(())
        })
    }

    /// Replaces the whole list. The system's own may be in it, and goes on as it is when it is not.
    ///
    /// # Errors
    /// As in [`Self::webhooks`].
    pub fn replace_webhooks(
        &mut self,
        who: Option<&Account>,
        id: &str,
        webhooks: Vec<Webhook>,
        now: Timestamp,
    ) -> Result<Instance, Refusal> {
        self.set_up(who, id, now, |it, system| {
            it.webhooks.clear();
            for webhook in webhooks {
                if webhook.url == system {
                    it.system_webhook_is_off = !webhook.is_active;
                } else if it.webhooks.iter().all(|kept| kept.url != webhook.url) {
                    it.webhooks.push(webhook);
                }
            }
            Ok(())
        })
    }

    /// Removes the webhook of exactly this URL.
    ///
    /// # Errors
    /// As in [`Self::webhooks`], when there is none, and when it is the system's own.
    pub fn delete_webhook(
        &mut self,
        who: Option<&Account>,
        id: &str,
        url: &str,
        now: Timestamp,
    ) -> Result<Instance, Refusal> {
        self.set_up(who, id, now, |it, system| {
            if url == system {
                return Err(Refusal::SystemWebhook);
            }
            let place = it.webhooks.iter().position(|kept| kept.url == url);
            it.webhooks.remove(place.ok_or(Refusal::NoSuchWebhook)?);
            Ok(())
        })
    }

    /// Where the vendor's own webhook of an instance goes. It holds a token of the vendor's.
    #[must_use]
    pub fn system_webhook(&self, it: &Instance) -> String {
        system_webhook(self.header.seed, it.number)
    }

    fn set_up(
        &mut self,
        who: Option<&Account>,
        id: &str,
        now: Timestamp,
        with: impl FnOnce(&mut Instance, &str) -> Result<(), Refusal>,
    ) -> Result<Instance, Refusal> {
        if let Some(who) = who {
            self.webhooks(who, id)?;
        }
        let seed = self.header.seed;
        self.try_change(who, id, |it| {
            let (before, was_off) = (it.webhooks.clone(), it.system_webhook_is_off);
            with(it, &system_webhook(seed, it.number))?;
            if was_off != it.system_webhook_is_off {
                it.changed_at = now;
            }
            if before != it.webhooks {
                it.webhooks_before = Some(before);
                it.changed_at = now;
            }
            Ok(())
        })
    }
}

fn system_webhook(seed: u64, number: u64) -> String {
    let token = naming::random(seed, number, "system webhook", 0);
    format!("https://app.wawp.net/api/webhook/{}", token.get(..32).unwrap_or_default())
}
