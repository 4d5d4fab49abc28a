//! Paging: the emulator gives the whole list, the proxy cuts the page out.
//!
//! A token holds the position itself, so the proxy keeps nothing between two pages and a list that grows
//! meanwhile behaves as it does in AWS: items may be missed or seen twice.

use std::ops::Range;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::{
    Page, Protocol, Quirk, RequestView,
    listing::{Listing, Names},
    xml::{self, Element},
};

/// More than any list has, for emulators that page by themselves.
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

/// Where a request says which page it wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// In a form.
    Form,
    /// In the fields of a JSON body.
    Body,
    /// In the query string.
    Address,
}

impl Said {
    fn of(view: &RequestView) -> Self {
        match view.protocol {
            Protocol::Query => Self::Form,
            Protocol::AwsJson => Self::Body,
            Protocol::RestJson if !view.body.is_empty() => Self::Body,
            Protocol::RestJson | Protocol::RestXml => Self::Address,
        }
    }
}

/// A page that a request asks for.
#[derive(Debug)]
pub(super) struct Window {
    listing: Listing,
    said: Said,
    is_xml: bool,
    size: usize,
    quirk: Quirk,
    token: Option<String>,
    position: Position,
}

/// The request's token is not one of ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadToken;

/// A request for a whole list: what of it is another than the client's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) body: Bytes,
    pub(super) query: String,
}

impl Window {
    /// The page that a request asks for; `None` if it is no listing.
    pub(super) fn read(view: &RequestView, page: Page) -> Option<Result<Self, BadToken>> {
        let listing = Listing::find(&view.service, &view.action)?;
        let names = listing.names();
        let said = Said::of(view);
        let (token, limit) = match said {
            Said::Form => (view.form(names.token), number(view.form(names.size))),
            Said::Address => (view.parameter(names.token), number(view.parameter(names.size))),
            Said::Body => {
                let body = view.json()?;
                let token = body.get(names.token).and_then(Value::as_str).map(str::to_owned);
                let limit = body.get(names.size).and_then(Value::as_u64);
                (token, limit.and_then(|limit| usize::try_from(limit).ok()))
            }
        };
        let position = match &token {
            None => Position::default(),
            Some(token) => match Position::read(token) {
                Some(position) => position,
                None => return Some(Err(BadToken)),
            },
        };
        let size = limit.map_or(page.size, |limit| limit.min(page.size)).max(1);
        let is_xml = matches!(view.protocol, Protocol::Query | Protocol::RestXml);
        Some(Ok(Self { listing, said, is_xml, size, quirk: page.quirk, token, position }))
    }

    /// Whether the quirk is due that refuses this page's token.
    pub(super) fn is_refused(&self) -> bool {
        matches!(self.quirk, Quirk::RefuseToken { after, .. } if self.token.is_some() && after == self.position.page)
    }

    /// The request for the whole list.
    pub(super) fn whole(&self, view: &RequestView) -> Whole {
        let names = self.listing.names();
        let mut whole = Whole { body: view.body.clone(), query: view.query.clone() };
        match self.said {
            Said::Form => whole.body = without(&view.text(), names).into(),
            Said::Address => whole.query = without(&view.query, names),
            Said::Body => {
                if let Some(Value::Object(mut fields)) = view.json() {
                    fields.remove(names.token);
                    fields.remove(names.size);
                    if self.listing.is_paged_upstream() {
                        fields.insert(names.size.to_owned(), EVERYTHING.into());
                    }
                    whole.body = Value::Object(fields).to_string().into();
                }
            }
        }
        whole
    }

    /// Cuts the page out of the whole answer; `None` if the answer is not as the listing says.
    pub(super) fn cut(&self, whole: &Bytes) -> Option<Bytes> {
        if self.is_xml {
            self.cut_xml(std::str::from_utf8(whole).ok()?).map(Bytes::from)
        } else {
            self.cut_json(whole).map(Bytes::from)
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
        let names = self.listing.names();
        let mut answer: Value = serde_json::from_slice(whole).ok()?;
        let fields = answer.as_object_mut()?;
        let list = self.listing.lists.first()?;
        let all = fields.get_mut(*list)?.as_array_mut()?;
        let (kept, next) = self.items(all.len());
        *all = all.drain(kept).collect();
        fields.remove(names.next);
        if let Some(truncated) = names.truncated {
            fields.insert(truncated.to_owned(), next.is_some().into());
        }
        if let Some(next) = next {
            fields.insert(names.next.to_owned(), json!(next));
        }
        Some(answer.to_string())
    }

    fn cut_xml(&self, whole: &str) -> Option<String> {
        let names = self.listing.names();
        let (result, parts) = xml::result(whole)?;
        let part = |name: &str| parts.iter().find(|part| part.name == name);
        let mut edits = Vec::new();
        let next = if self.listing.is_flat() {
            let is_item = |part: &&Element<'_>| self.listing.lists.contains(&part.name);
            let items: Vec<_> = parts.iter().filter(is_item).collect();
            let (kept, next) = self.items(items.len());
            let gone = items.iter().enumerate().filter(|(number, _)| !kept.contains(number));
            edits.extend(gone.map(|(_, item)| (item.outer.clone(), String::new())));
            next
        } else {
            let lists: Vec<_> = self.listing.lists.iter().filter_map(|name| part(name)).collect();
            if lists.is_empty() {
                return None;
            }
            self.cut_lists(whole, &lists, &mut edits)
        };
        let old = [names.truncated.and_then(part), part(names.next)];
        edits.extend(old.into_iter().flatten().map(|old| (old.outer.clone(), String::new())));
        let end = result.inner.end;
        let mut more = String::new();
        if let Some(truncated) = names.truncated {
            more = format!("<{truncated}>{}</{truncated}>", next.is_some());
        }
        if let Some(token) = next {
            let next = names.next;
            more = format!("{more}<{next}>{token}</{next}>");
        }
        edits.push((end..end, more));
        edits.sort_by_key(|(range, _)| range.start);
        Some(xml::splice(whole, &edits))
    }

    /// One sequence runs through several lists. Gives the token of the next page.
    fn cut_lists(
        &self,
        whole: &str,
        lists: &[&Element<'_>],
        edits: &mut Vec<(Range<usize>, String)>,
    ) -> Option<String> {
        let lists: Vec<_> =
            lists.iter().map(|list| (list, xml::children(whole, list.inner.clone()))).collect();
        let (kept, next) = self.items(lists.iter().map(|(_, members)| members.len()).sum());
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
        next
    }
}

fn number(text: Option<String>) -> Option<usize> {
    text?.parse().ok()
}

/// A form or a query string without what pages are asked for with.
fn without(form: &str, names: Names) -> String {
    let kept = form.split('&').filter(|pair| {
        let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
        name != names.token && name != names.size
    });
    kept.collect::<Vec<_>>().join("&")
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
