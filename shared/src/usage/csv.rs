//! The stable export of use: one line for each account, principal, operation and day.
//!
//! Its columns and order are a contract (issue 4, appendix). Names are printed as they are in the log: they are
//! quoted where RFC 4180 asks for it and not changed otherwise, so they may begin as a formula does. Whoever
//! opens the file in a spreadsheet imports its columns as text. Times are as in the log, but for what
//! [`EventTime::text`](crate::model::activity::EventTime::text) says is lost.

use std::io::{self, Write};

use super::rollup::Usage;

/// The first line, with its end.
pub const HEADER: &str = "account,principal,eventSource,eventName,day,count,errors,first,last\n";

/// Writes the lines of one account, without the header. Accounts that follow each other in byte order make a
/// file that is sorted by its first five columns.
///
/// # Errors
///
/// What `out` says.
pub fn write(usage: &Usage, out: &mut dyn Write) -> io::Result<()> {
    for (day, call) in usage.calls() {
        for name in [usage.account(), call.principal, call.source, call.name] {
            write_cell(name, out)?;
            out.write_all(b",")?;
        }
        let tally = &call.tally;
        let (first, last) = (tally.first.text(), tally.last.text());
        writeln!(out, "{day},{},{},{first},{last}", tally.count, tally.errors)?;
    }
    Ok(())
}

/// A cell, in quotes if it has a comma, a quote or the end of a line in it.
fn write_cell(text: &str, out: &mut dyn Write) -> io::Result<()> {
    if !text.contains([',', '"', '\r', '\n']) {
        return out.write_all(text.as_bytes());
    }
    out.write_all(b"\"")?;
    for (at, part) in text.split('"').enumerate() {
        if at > 0 {
            out.write_all(b"\"\"")?;
        }
        out.write_all(part.as_bytes())?;
    }
    out.write_all(b"\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::fold::HourFold;
    use crate::usage::fold::tests::{Made, at};
    use crate::usage::object::ObjectSet;
    use crate::usage::rollup::Rollup;

    fn lines(made: &[Made]) -> String {
        let mut rollup = Rollup::new("111122223333");
        let mut hours: Vec<i64> = made.iter().map(|made| made.time.hour()).collect();
        hours.dedup();
        for hour in hours {
            let mut fold = HourFold::new("111122223333", hour);
            for made in made {
                fold.add(&made.activity());
            }
            rollup.add(&fold.finish(ObjectSet::default()));
        }
        let mut out = HEADER.as_bytes().to_vec();
        write(&rollup.finish(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_is_a_day_of_an_operation() {
        let role = "arn:aws:iam::111122223333:role/app";
        let call = |id, time, name: &str| Made::new(id, at(time), role, name);
        let made = [
            call(1, "2026-11-28T23:59:59Z", "GetObject"),
            call(2, "2026-11-29T00:00:00Z", "GetObject").denied(),
            call(3, "2026-11-29T00:30:00.250Z", "GetObject"),
            call(3, "2026-11-29T00:30:00.250Z", "GetObject"),
            call(4, "2026-11-29T05:00:00Z", "GetObject").failed(),
            call(5, "2026-11-29T05:00:00Z", "Get"),
            // Without an error code: no error.
            call(6, "2026-11-29T04:00:00Z", "Get").failed_sign_in(),
        ];
        assert_eq!(
            lines(&made),
            "account,principal,eventSource,eventName,day,count,errors,first,last
111122223333,arn:aws:iam::111122223333:role/app,s3.amazonaws.com,Get,2026-11-29,2,0,2026-11-29T04:00:00Z,2026-11-29T05:00:00Z
111122223333,arn:aws:iam::111122223333:role/app,s3.amazonaws.com,GetObject,2026-11-28,1,0,2026-11-28T23:59:59Z,2026-11-28T23:59:59Z
111122223333,arn:aws:iam::111122223333:role/app,s3.amazonaws.com,GetObject,2026-11-29,3,2,2026-11-29T00:00:00Z,2026-11-29T05:00:00Z
"
        );
    }

    #[test]
    fn times_are_as_in_the_log() {
        let times =
            ["2026-11-29T05:00:00.120Z", "2026-11-29T05:00:01Z", "2026-11-29T05:59:59.900Z"];
        for (first, last) in times.iter().zip(&times[1..]) {
            let call = |id, time| Made::new(id, at(time), "who", "Get");
            let text = lines(&[call(1, first), call(2, last)]);
            assert!(text.ends_with(&format!(",2026-11-29,2,0,{first},{last}\n")), "{text}");
        }
    }

    #[test]
    fn names_are_as_in_the_log() {
        let time = at("2026-11-29T05:00:00Z");
        let hostile = ["=1+1", "a,b", "say \"ü\"", "two\r\nlines", " padded "];
        let made: Vec<Made> =
            (1..).zip(hostile).map(|(id, name)| Made::new(id, time, name, "Get")).collect();
        let text = lines(&made);
        let principals: Vec<&str> = text
            .split("111122223333,")
            .skip(1)
            .map(|line| line.split(",s3.amazonaws.com").next().unwrap())
            .collect();
        let quoted = [" padded ", "=1+1", "\"a,b\"", "\"say \"\"ü\"\"\"", "\"two\r\nlines\""];
        assert_eq!(principals, quoted);
    }
}
