//! The status of fleets to be shown.

use wawpform::instance::{InstanceId, Labels, Name, Status};
use wawpform::observe::{Row, Standing};
use wawpform::state::Call;

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// One of every standing, so many times; every text from outside is this one.
pub(crate) fn everybody(text: &str, times: usize) -> Vec<Row> {
    let some = || Some(text.to_owned());
    let standings = [
        ("lost", None, Standing::Unsettled(Call::Create)),
        ("cut", None, Standing::Unsettled(Call::Delete)),
        ("gone", None, Standing::Gone { suspicious: false }),
        ("failed", Some("FAILED"), Standing::Failed),
        ("other", Some("WORKING"), Standing::OtherPhone { expected: text.to_owned() }),
        ("unpaired", Some("SCAN_QR_CODE"), Standing::Unpaired),
        ("unclear", None, Standing::Unclear { why: text.to_owned() }),
        ("odd", Some(text), Standing::Odd),
        ("strayed", Some("STOPPED"), Standing::Strayed { recorded: false }),
        ("absent", None, Standing::Absent),
        ("starting", Some("STARTING"), Standing::Starting),
        ("fine", Some("WORKING"), Standing::Fine),
        ("asleep", Some("STOPPED"), Standing::Fine),
    ];
    let mut rows = Vec::new();
    for (what, status, standing) in standings {
        for index in 0..times {
            let is_there = !matches!(standing, Standing::Absent | Standing::Unsettled(Call::Create));
            rows.push(Row {
                name: name(&format!("{what}-{index:04}")),
                instance_id: is_there.then(|| InstanceId::new("3EB0BCB2E3D4").unwrap()),
                session_name: some().filter(|_| is_there),
                server_name: some().filter(|_| is_there),
                labels: Labels::from([
                    ("team".to_owned(), what.to_owned()),
                    (text.to_owned(), text.to_owned()),
                ]),
                status: status.map(Status::from_word),
                paired: some().filter(|_| status == Some("WORKING")),
                standing: standing.clone(),
            });
        }
    }
    rows
}

/// A fleet of so many, all of them well but every hundredth.
pub(crate) fn fleet(count: usize) -> Vec<Row> {
    let row = |index: usize| {
        let failed = index.is_multiple_of(100);
        let (status, standing) =
            if failed { ("FAILED", Standing::Failed) } else { ("WORKING", Standing::Fine) };
        let labels = [
            ("crm_account".to_owned(), index.to_string()),
            ("team".to_owned(), ["sales", "support", "operations"][index % 3].to_owned()),
        ];
        Row {
            name: name(&format!("tenant-{index:07}")),
            instance_id: InstanceId::new(&format!("{index:012X}")).ok(),
            session_name: Some(format!("wawp-{index:08}")),
            server_name: Some("server-1".into()),
            labels: Labels::from(labels),
            status: Some(Status::from_word(status)),
            paired: (!failed).then(|| format!("2010{index:08}")),
            standing,
        }
    };
    let mut rows: Vec<Row> = (0..count).map(row).collect();
    rows.sort_by_key(|row| row.standing == Standing::Fine);
    rows
}
