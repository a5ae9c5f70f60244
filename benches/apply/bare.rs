//! The same creates, without a plan, a state or a retry: what is left when everything is taken away that makes it safe.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::scene::TOKEN;

pub(crate) async fn creates(base: &str, count: u32, at_once: usize) -> anyhow::Result<Duration> {
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
    let url = format!("{base}/v2/session/create");
    let body = serde_json::json!({ "access_token": TOKEN }).to_string();
    let begun = Instant::now();
    let next = Arc::new(AtomicU32::new(0));
    let mut hands = tokio::task::JoinSet::new();
    for _ in 0..at_once {
        let (http, url, body, next) = (http.clone(), url.clone(), body.clone(), Arc::clone(&next));
        hands.spawn(async move {
            let mut ids = Vec::new();
            while next.fetch_add(1, Ordering::Relaxed) < count {
                let call = http.post(&url).header("content-type", "application/json").body(body.clone());
                let answer = call.send().await?.bytes().await?;
                let answer: serde_json::Value = serde_json::from_slice(&answer)?;
                let id = answer.get("instance_id").and_then(|id| id.as_str());
                ids.extend(id.map(str::to_owned));
            }
            anyhow::Ok(ids)
        });
    }
    let mut made = 0;
    while let Some(hand) = hands.join_next().await {
        made += hand??.len();
    }
    anyhow::ensure!(made == count as usize, "not everything was created");
    Ok(begun.elapsed())
}
