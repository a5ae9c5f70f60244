//! Annotations and outputs, read as the runner reads them.

use super::*;

/// What would act on a runner if it were let.
const HOSTILE: [&str; 8] = [
    "a\n::error::forged",
    "a\r\n  ::add-mask::e\n",
    "%0A::error::x%25",
    "a::b,line=1",
    "##[add-mask]e ##vso[x]y",
    "x\nEOF\nforged=1\n",
    "fingerprint<<EOF\n1\nEOF",
    "",
];

/// The output file, as the runner reads it.
fn read(file: &str) -> Vec<(String, String)> {
    let (mut found, mut lines) = (Vec::new(), file.split('\n'));
    while let Some(line) = lines.next() {
        let (equals, heredoc) = (line.find('='), line.find("<<"));
        match (equals, heredoc) {
            (Some(at), other) if other.is_none_or(|other| at < other) => {
                found.push((line[..at].to_owned(), line[at + 1..].to_owned()));
            }
            (_, Some(at)) => {
                let delimiter = &line[at + 2..];
                let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
                found.push((line[..at].to_owned(), value.join("\n")));
            }
            _ => assert!(line.is_empty(), "{line:?}"),
        }
    }
    found
}

#[test]
fn an_output_comes_back_as_it_was_whatever_is_in_it() {
    for value in HOSTILE.into_iter().chain(["12", "out/plan.json", "é 😀", " a", "a=b", "a<<b"]) {
        let file = entry("a", value, "END-1").unwrap() + &entry("b", "2", "END-1").unwrap();
        assert_eq!(read(&file), [("a".into(), value.to_owned()), ("b".into(), "2".into())], "{value:?}");
    }
    assert_eq!(entry("a", "plan-1.json", "END"), Some("a=plan-1.json\n".into()));
    assert_eq!(entry("a", "x\nEND\nb=1", "END"), None);
}

#[test]
fn an_annotation_is_one_line_and_one_command_whatever_is_in_it() {
    for text in HOSTILE {
        let at = Some(At { file: text.to_owned(), line: 3, columns: Some((1, 2)) });
        let placed = Annotation { at, ..refused(text, text) };
        for one in [refused(text, text).to_string(), placed.to_string()] {
            assert_eq!(one.lines().count(), 1, "{one}");
            assert!(!one.contains("##[") && !one.contains("##vso["), "{one}");
            // The runner takes what stands before the second `::` for the command and its properties.
            let properties = one.strip_prefix("::error ").unwrap().split("::").next().unwrap();
            let known = |it: &str| {
                ["file=", "line=3", "col=1", "endColumn=2", "title="].iter().any(|k| it.starts_with(k))
            };
            assert!(properties.split(',').all(known), "{one}");
            assert!(!properties.split_once("title=").unwrap().1.contains(['%', ':', ',']), "{one}");
        }
    }
    let one = Annotation {
        severity: Severity::Warning,
        title: "a,b:c",
        message: "50%\nmore".into(),
        at: Some(At { file: "a b,c:d%.yaml".into(), line: 2, columns: None }),
    };
    assert_eq!(one.to_string(), "::warning file=a b%2Cc%3Ad%25.yaml,line=2,title=a%2Cb%3Ac::50%25%0Amore");
}

#[test]
fn no_more_is_written_than_github_shows_and_the_rest_is_counted() {
    let of = |count: usize, severity| vec![remark(severity, "t", "m", ""); count];
    let lines = |all: &[Annotation]| shown(all).lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&of(10, Severity::Error)).len(), 10);
    let eleven = lines(&of(11, Severity::Error));
    assert_eq!(eleven.len(), 10);
    assert!(eleven[9].ends_with("::2 more are not shown here; the log of the step tells all"), "{eleven:?}");
    let both = lines(&[of(300, Severity::Warning), of(3, Severity::Error)].concat());
    assert_eq!(both.iter().filter(|line| line.starts_with("::error ")).count(), 3);
    assert_eq!(both.iter().filter(|line| line.starts_with("::warning ")).count(), 10);
    assert!(both[12].contains("::291 more"), "{both:?}");
    assert_eq!(shown(&[]), "");
}

#[test]
fn a_file_is_told_from_the_top_of_the_workspace() {
    let told =
        |file: &str, folder: &str| from_workspace(file.as_ref(), folder.as_ref(), "/builds/./repo/".as_ref());
    assert_eq!(told("wawpform.yaml", "/builds/repo").as_deref(), Some("wawpform.yaml"));
    assert_eq!(told("./tenants/../a.yaml", "/builds/repo/infra").as_deref(), Some("infra/a.yaml"));
    assert_eq!(told("../a.yaml", "/builds/repo/infra").as_deref(), Some("a.yaml"));
    assert_eq!(told("/builds/repo/x/a.yaml", "/tmp").as_deref(), Some("x/a.yaml"));
    for outside in ["../a.yaml", "/etc/passwd", "/builds/repository/a.yaml", "."] {
        assert_eq!(told(outside, "/builds/repo"), None, "{outside}");
    }
}

#[test]
fn a_page_of_lines_is_cut_between_lines_and_what_is_left_out_is_counted() {
    let page = "| é |\n".repeat(100);
    assert_eq!(shortened(&page, page.len()), page);
    let cut = shortened(&page, 300);
    assert!(cut.len() <= 300, "{}", cut.len());
    let kept = cut.matches("| é |\n").count();
    assert!(kept > 20 && cut.ends_with(&format!("left out: {} lines.\n", 100 - kept)), "{cut}");
}

#[test]
fn no_line_of_talk_begins_with_a_command() {
    for (talk, told) in [
        ("a ::error::x\n", "a ::error::x\n"),
        ("::error::x\nb\n  ::add-mask::e", "\\u{3a}:error::x\nb\n  \\u{3a}:add-mask::e"),
        ("a\r::error::x", "a\r\\u{3a}:error::x"),
        (" ::: a.yaml:1:2\n", " ::: a.yaml:1:2\n"),
    ] {
        assert_eq!(defused(talk), told);
    }
}
