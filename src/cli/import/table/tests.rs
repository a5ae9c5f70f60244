//! Tables as people and spreadsheets write them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;

fn rows(text: &str) -> Vec<Row> {
    let (rows, problems) = read(text.as_bytes());
    assert_eq!(problems, [], "{text}");
    rows
}

fn wrong(text: &str) -> Vec<(u64, String)> {
    read(text.as_bytes()).1.into_iter().map(|it| (it.line, it.message)).collect()
}

fn labels<const N: usize>(pairs: [(&str, &str); N]) -> Labels {
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

#[test]
fn every_further_column_is_a_label_and_an_empty_cell_is_none() {
    let found = rows("name,instance_id,team,crm\na,ID1,sales,\nb,ID2,,\"8,8\"\"41\"\n");
    assert_eq!(found.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(found[0].labels, labels([("team", "sales")]));
    assert_eq!(found[1].labels, labels([("crm", "8,8\"41")]));
    assert_eq!((found[1].name.as_str(), found[1].id.as_str()), ("b", "ID2"));
    assert_eq!(found[1].expect_number, None);
}

#[test]
fn columns_may_stand_in_any_order_with_a_byte_order_mark_blanks_and_carriage_returns() {
    let found =
        rows("\u{feff}instance_id , expect_number, name\r\n ID1 ,201012345678, a \r\n,,\r\n\r\nID2,,b");
    assert_eq!(found[0].expect_number.as_deref(), Some("201012345678"));
    assert_eq!((found[0].line, found[1].name.as_str(), found[1].line), (2, "b", 5));
    let found = rows("\n\nname,instance_id,x\n\na,ID1,\"two\nlines\"\n\nb,ID2,\n");
    assert_eq!(found.iter().map(|row| row.line).collect::<Vec<_>>(), [5, 8]);
}

#[test]
fn what_output_wrote_is_read_back() {
    let text = "name,instance_id,session_name,server_name,labels,status,paired\n\
                a,ID1,wawp-1,server-1,\"{\"\"team\"\":\"\"sales\"\"}\",WORKING,201012345678@c.us\nb,ID2,,,{},unknown,\n";
    let found = rows(text);
    assert_eq!(found[0].labels, labels([("team", "sales")]));
    assert_eq!(found[0].server_name.as_deref(), Some("server-1"));
    assert_eq!((found[1].labels.len(), &found[1].server_name), (0, &None));
}

#[test]
fn everything_that_is_wrong_is_told_with_its_line() {
    let text = "name,instance_id,team,labels\n\
                Acme Sales,I D,,\n\
                a,ID1,sales,\"{\"\"team\"\":\"\"x\"\"}\"\n\
                b,ID2\n\
                c,ID3,,[1]\n\
                d,ID4,,\n\
                d,id4,,\n\
                ,,x,\n";
    let said = [
        (2, "`Acme Sales` cannot be a name: a name starts with a lower-case letter or a digit, not with 'A'"),
        (
            2,
            "`I D` cannot be an instance_id: an instance_id is made of letters, digits and, behind the first, of `-._:@+=`; ' ' is not allowed",
        ),
        (3, "the label `team` is there twice"),
        (4, "2 cells, and the header has 4"),
        (5, "`labels` is no JSON object of texts"),
        (8, "`` cannot be a name: a name cannot be empty"),
        (8, "`` cannot be an instance_id: an instance_id cannot be empty"),
        (7, "the name d is there twice, first in line 6"),
        (7, "the instance id4 is there twice, first in line 6"),
    ];
    let found = wrong(text);
    for (line, message) in said {
        assert!(found.contains(&(line, message.into())), "{message}: {found:#?}");
    }
    assert_eq!(found.len(), said.len(), "{found:#?}");
    // The first of two stays, so that it is looked at as well.
    assert_eq!(read(text.as_bytes()).0.len(), 1);
}

#[test]
fn a_header_that_cannot_be_used_says_what_to_do() {
    let hints = |text: &str| -> Vec<String> {
        read(text.as_bytes())
            .1
            .into_iter()
            .map(|it| format!("{} / {}", it.message, it.hint.unwrap()))
            .collect()
    };
    assert_eq!(hints("")[0], "the table is empty / begin with the header line `name,instance_id`");
    assert_eq!(hints("name,instance_id\n")[0].split(" / ").next(), Some("the table has no row"));
    assert_eq!(
        hints("name,Instance ID\na,b")[0],
        "there is no column `instance_id` / rename the column `Instance ID`"
    );
    assert!(hints("name;instance_id\na;b")[0].ends_with("separate the columns with commas"));
    assert!(hints("name,instance_id,x,x")[0].starts_with("the column `x` is there twice"));
    assert!(
        hints("name,instance_id,protect")[0].starts_with("the column `protect` is a field of the manifest")
    );
    assert_eq!(wrong("name,instance_id,\na,ID1,x\n"), [(2, "`x` stands in a column without a title".into())]);
    let (rows, problems) = read(b"name,instance_id,x\na,ID1,\xff\n");
    assert_eq!(
        (rows.len(), problems[0].line, problems[0].message.as_str()),
        (0, 2, "a cell is not UTF-8 text")
    );
}
