//! Paging: the emulator gives the whole list, the proxy cuts the page out.
//!
//! A token holds the position itself, so the proxy keeps nothing between two pages and a list that grows
//! meanwhile behaves as it does in AWS: items may be missed or seen twice.

use std::ops::Range;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::{Page, Protocol, Quirk, RequestView, listing::Listing, xml};

/// More than any list has. moto pages by itself, by 20 or 100 items, unless it is asked for more.
const EVERYTHING: u64 = 1_000_000;

/// Where a page is in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Position {
    /// Items before it.
    offset: usize,
    /// Pages before it.
    page: usize,
}

impl Position {
    fn token(self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!("page {} {}", self.page, self.offset))
    }

    fn read(token: &str) -> Option<Self> {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let (page, offset) = text.strip_prefix("page ")?.split_once(' ')?;
        Some(Self { offset: offset.parse().ok()?, page: page.parse().ok()? })
    }
}

/// A page that a request asks for.
#[derive(Debug)]
pub(super) struct Window {
    listing: Listing,
    protocol: Protocol,
    size: usize,
    quirk: Quirk,
    token: Option<String>,
    position: Position,
}

/// The request's token is not one of ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadToken;

impl Window {
    /// The page that a request asks for; `None` if it is no listing.
    pub(super) fn read(view: &RequestView, page: Page) -> Option<Result<Self, BadToken>> {
        let listing = Listing::find(&view.service, &view.action)?;
        let (token, limit) = listing.names();
        let (token, limit) = match view.protocol {
            Protocol::Query => {
                let limit = view.form(limit).and_then(|limit| limit.parse().ok());
                (view.form(token), limit)
            }
            Protocol::AwsJson => {
                let body = view.json()?;
                let token = body.get(token).and_then(Value::as_str).map(str::to_owned);
                let limit = body.get(limit).and_then(Value::as_u64);
                (token, limit.and_then(|limit| usize::try_from(limit).ok()))
            }
            Protocol::RestJson | Protocol::RestXml => return None,
        };
        let position = match &token {
            None => Position::default(),
            Some(token) => match Position::read(token) {
                Some(position) => position,
                None => return Some(Err(BadToken)),
            },
        };
        let size = limit.map_or(page.size, |limit: usize| limit.min(page.size)).max(1);
        let protocol = view.protocol;
        Some(Ok(Self { listing, protocol, size, quirk: page.quirk, token, position }))
    }

    /// Whether the quirk is due that refuses this page's token.
    pub(super) fn is_refused(&self) -> bool {
        matches!(self.quirk, Quirk::RefuseToken { after, .. } if self.token.is_some() && after == self.position.page)
    }

    /// The request for the whole list.
    pub(super) fn whole(&self, view: &RequestView) -> Bytes {
        let (token, limit) = self.listing.names();
        match self.protocol {
            Protocol::Query => {
                let text = view.text();
                let kept: Vec<_> = text
                    .split('&')
                    .filter(|pair| {
                        let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
                        name != token && name != limit
                    })
                    .collect();
                kept.join("&").into()
            }
            _ => match view.json() {
                Some(Value::Object(mut fields)) => {
                    fields.remove(token);
                    fields.insert(limit.to_owned(), EVERYTHING.into());
                    Value::Object(fields).to_string().into()
                }
                _ => view.body.clone(),
            },
        }
    }

    /// Cuts the page out of the whole answer; `None` if the answer is not as the listing says.
    pub(super) fn cut(&self, whole: &Bytes) -> Option<Bytes> {
        match self.protocol {
            Protocol::Query => self.cut_xml(std::str::from_utf8(whole).ok()?).map(Bytes::from),
            _ => self.cut_json(whole).map(Bytes::from),
        }
    }

    /// The items of the page, and the token of the next one.
    fn items(&self, total: usize) -> (Range<usize>, Option<String>) {
        let Position { offset, page } = self.position;
        let start = offset.min(total);
        if matches!(self.quirk, Quirk::EmptyPage { after } if after == page) {
            return (start..start, Some(Position { offset, page: page + 1 }.token()));
        }
        let end = start.saturating_add(self.size).min(total);
        if self.quirk == Quirk::RepeatToken && self.token.is_some() {
            return (start..end, self.token.clone());
        }
        let next = (end < total).then(|| Position { offset: end, page: page + 1 }.token());
        (start..end, next)
    }

    fn cut_json(&self, whole: &Bytes) -> Option<String> {
        let (token, _) = self.listing.names();
        let mut answer: Value = serde_json::from_slice(whole).ok()?;
        let fields = answer.as_object_mut()?;
        let list = self.listing.lists.first()?;
        let all = fields.get_mut(*list)?.as_array_mut()?;
        let (kept, next) = self.items(all.len());
        *all = all.drain(kept).collect();
        fields.remove(token);
        if let Some(next) = next {
            fields.insert(token.to_owned(), json!(next));
        }
        Some(answer.to_string())
    }

    fn cut_xml(&self, whole: &str) -> Option<String> {
        let (token, _) = self.listing.names();
        let (result, parts) = xml::result(whole)?;
        let part = |name: &str| parts.iter().find(|part| part.name == name);
        let lists: Vec<_> = self
            .listing
            .lists
            .iter()
            .filter_map(|name| part(name))
            .map(|list| (list, xml::children(whole, list.inner.clone())))
            .collect();
        if lists.is_empty() {
            return None;
        }
        let (kept, next) = self.items(lists.iter().map(|(_, members)| members.len()).sum());

        let mut edits = Vec::new();
        let mut before = 0;
        for (list, members) in &lists {
            let from = kept.start.saturating_sub(before);
            let to = kept.end.saturating_sub(before);
            let chosen = members.iter().take(to).skip(from);
            let inner: String =
                chosen.map(|member| xml::slice(whole, member.outer.clone())).collect();
            edits.push((list.outer.clone(), format!("<{0}>{inner}</{0}>", list.name)));
            before += members.len();
        }
        for old in [part("IsTruncated"), part(token)].into_iter().flatten() {
            edits.push((old.outer.clone(), String::new()));
        }
        let end = result.inner.end;
        let more = match next {
            Some(next) => format!("<IsTruncated>true</IsTruncated><{token}>{next}</{token}>"),
            None => "<IsTruncated>false</IsTruncated>".to_owned(),
        };
        edits.push((end..end, more));
        edits.sort_by_key(|(range, _)| range.start);
        Some(xml::splice(whole, &edits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_read_back_and_strange_ones_do_not() {
        let position = Position { offset: 250, page: 3 };
        assert_eq!(Position::read(&position.token()), Some(position));
        for strange in ["", "eyJ9", "cGFnZSB4IHk", "not base64!"] {
            assert_eq!(Position::read(strange), None, "{strange}");
        }
    }
}
