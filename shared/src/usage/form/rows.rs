//! A nested hour ↔ bits. One telling serves the writer and the reader, see [`Code`].

use super::nest::{Did, Entry, KINDS, LISTS, Nest, Pairs, Sum, Who, start};
use super::range::{Code, Odds, Size, of};
use super::{ReadError, hex};
use crate::usage::texts::List;

/// The most rows of a cell.
pub(super) const MOST_ROWS: usize = 1 << 20;

/// The texts' own bytes: the writer is given them, the reader gives them.
pub(super) type Own<'a> = &'a mut dyn FnMut(&[u8]) -> Result<Vec<u8>, ReadError>;

/// What is learned on the way.
#[derive(Debug, Default)]
struct Learned {
    texts: [Texts; KINDS],
    pairs: [Steps; LISTS],
    calls: Size,
    operation: Steps,
    call: Counts,
    call_used: Odds,
    touched: [Size; 6],
    resource: [Steps; 32],
    is_whole: [[Odds; 4]; 5],
    part: Counts,
    end: [[Odds; 2]; 5],
    is_last: [Odds; 2],
    is_seen: [Odds; 2],
    lists: [OfList; LISTS],
}

/// Texts of one kind.
#[derive(Debug, Default)]
struct Texts {
    count: Size,
    shared: [Size; 8],
}

/// Ascending numbers: how many, and how far apart.
#[derive(Debug, Default)]
struct Steps {
    count: Size,
    first: Size,
    next: Size,
}

/// The counts of a tally.
#[derive(Debug, Default)]
struct Counts {
    count: [Size; 6],
    errors: [Size; 4],
    denied: [Size; 3],
}

/// Entries of a list of principals.
#[derive(Debug, Default)]
struct OfList {
    steps: Steps,
    is_whole: [Odds; 4],
    counts: Counts,
    is_known: Odds,
}

/// Codes an hour: the writer is given the whole of it, the reader nothing. Times are below `span`.
pub(super) fn code<C: Code>(
    coder: &mut C,
    given: &Nest,
    own: Own<'_>,
    span: u64,
) -> Result<Nest, ReadError> {
    let mut learned = Box::<Learned>::default();
    let mut nest = Nest::default();
    let mut bytes = 0;
    for ((list, given), learned) in nest.texts.iter_mut().zip(&given.texts).zip(&mut learned.texts)
    {
        *list = texts(coder, learned, given, own, &mut bytes)?;
    }
    let [principals, sources, names, resources, sessions, origins, keys] =
        nest.texts.each_ref().map(|list| list.len() as u64);
    let [first, second, rest @ ..] = &mut learned.pairs;
    nest.operations = pairs(coder, first, &given.operations, [sources, names])?;
    nest.resources = pairs(coder, second, &given.resources, [sources, resources])?;
    let sizes = [[3, sessions], [5, origins], [1, keys]];
    for (((list, given), learned), sizes) in
        nest.named.iter_mut().zip(&given.named).zip(rest).zip(sizes)
    {
        *list = pairs(coder, learned, given, sizes)?;
    }
    let mut coding = Coding { coder, learned, rows: 0, span, touched: Vec::new() };
    coding.touched.resize(nest.operations.len(), 5);
    for at in 0..principals {
        let none = Who::default();
        let given = usize::try_from(at).ok().and_then(|at| given.principals.get(at));
        let who = coding.principal(&nest, given.unwrap_or(&none))?;
        nest.principals.push(who);
    }
    Ok(nest)
}

/// Texts in ascending order: how much each shares with the one before it, and the rest.
fn texts<C: Code>(
    coder: &mut C,
    learned: &mut Texts,
    given: &List,
    own: Own<'_>,
    bytes: &mut usize,
) -> Result<List, ReadError> {
    let count = coder.number(&mut learned.count, given.len() as u64)?;
    let (mut list, mut text) = (List::default(), Vec::<u8>::new());
    let mut before = 0_u64;
    for at in 0..count {
        let given = u32::try_from(at).map_or("", |at| given.text(at)).as_bytes();
        let same = text.iter().zip(given).take_while(|(a, b)| a == b).count();
        let size = of(&mut learned.shared, u64::from(u64::BITS - before.leading_zeros()));
        before = coder.number(size, same as u64)?;
        let same = usize::try_from(before).map_err(|_| ReadError::Short)?;
        if same > text.len() {
            return Err(ReadError::Short);
        }
        text.truncate(same);
        let (left, digits) = hex::split(given.get(same..).unwrap_or_default());
        text.append(&mut hex::join(coder, &own(&left)?, &digits)?);
        // A few bytes that share much would make much out of little.
        *bytes += text.len();
        if *bytes > super::MOST_BYTES {
            return Err(ReadError::Number);
        }
        list.push(std::str::from_utf8(&text).map_err(|_| ReadError::Text)?);
    }
    Ok(list)
}

/// Ascending numbers below `end`.
fn steps<C: Code>(
    coder: &mut C,
    learned: &mut Steps,
    given: impl ExactSizeIterator<Item = u32>,
    end: u64,
) -> Result<Vec<u32>, ReadError> {
    let count = coder.number(&mut learned.count, given.len() as u64)?;
    if count > end {
        return Err(ReadError::Number);
    }
    let (mut numbers, mut next, mut given) = (Vec::new(), 0_u64, given);
    for at in 0..count {
        let step = given.next().map_or(0, |given| u64::from(given).saturating_sub(next));
        let size = if at == 0 { &mut learned.first } else { &mut learned.next };
        let number = next.saturating_add(coder.number(size, step)?);
        if number >= end {
            return Err(ReadError::Number);
        }
        numbers.push(u32::try_from(number).map_err(|_| ReadError::Number)?);
        next = number + 1;
    }
    Ok(numbers)
}

/// Ascending pairs; the numbers of each are below those of `ends`.
fn pairs<C: Code>(
    coder: &mut C,
    learned: &mut Steps,
    given: &[[u32; 2]],
    ends: [u64; 2],
) -> Result<Pairs, ReadError> {
    let mut all = Pairs::new();
    for first in 0..ends[0] {
        let first = u32::try_from(first).map_err(|_| ReadError::Number)?;
        let from = start(given, first);
        let to = start(given, first.saturating_add(1));
        let given = given.get(from..to).unwrap_or_default();
        let seconds = steps(coder, learned, given.iter().map(|pair| pair[1]), ends[1])?;
        all.extend(seconds.into_iter().map(|second| [first, second]));
        if all.len() > MOST_ROWS {
            return Err(ReadError::Number);
        }
    }
    Ok(all)
}

struct Coding<'c, C> {
    coder: &'c mut C,
    learned: Box<Learned>,
    rows: usize,
    span: u64,
    /// How many resources the last call of each operation had; 5 before the first.
    touched: Vec<u64>,
}

impl<C: Code> Coding<'_, C> {
    fn rows(&mut self, more: usize) -> Result<(), ReadError> {
        self.rows += more;
        if self.rows > MOST_ROWS { Err(ReadError::Number) } else { Ok(()) }
    }

    fn principal(&mut self, nest: &Nest, given: &Who) -> Result<Who, ReadError> {
        let mut who = Who::default();
        let count = given.calls.len().saturating_sub(1) as u64;
        let count = self.coder.number(&mut self.learned.calls, count)?;
        let mut least = 0;
        let none = Did::default();
        for at in 0..=count {
            let given = usize::try_from(at).ok().and_then(|at| given.calls.get(at));
            let given = given.unwrap_or(&none);
            let step = u64::from(given.operation).saturating_sub(least);
            let steps = &mut self.learned.operation;
            let size = if at == 0 { &mut steps.first } else { &mut steps.next };
            let operation = least.saturating_add(self.coder.number(size, step)?);
            least = operation.saturating_add(1);
            who.calls.push(self.call(nest, operation, given)?);
        }
        let mut all: Option<Sum> = None;
        let mut times = Vec::new();
        for call in &who.calls {
            times.extend([call.sum.first, call.sum.last]);
            match &mut all {
                Some(all) => all.merge(&call.sum),
                None => all = Some(call.sum),
            }
        }
        times.sort_unstable();
        times.dedup();
        let all = all.unwrap_or_default();
        let [named, from, keys] = nest.named.each_ref().map(|list| list.len() as u64);
        let ends = [named, from, keys, 1, 1];
        for (list, end) in (0..).zip(ends) {
            let given = given.lists.get(list).map_or(&[][..], Vec::as_slice);
            let entries = self.list(list, given, end, &all, &times)?;
            if let Some(to) = who.lists.get_mut(list) {
                *to = entries;
            }
        }
        Ok(who)
    }

    fn call(&mut self, nest: &Nest, operation: u64, given: &Did) -> Result<Did, ReadError> {
        self.rows(1)?;
        let place = usize::try_from(operation).map_err(|_| ReadError::Number)?;
        let [source, _] = *nest.operations.get(place).ok_or(ReadError::Number)?;
        let counts = &mut self.learned.call;
        let mut sum = self::counts(self.coder, counts, 0, &given.sum)?;
        sum.first = self.coder.below(self.span, given.sum.first)?;
        sum.last = sum.first;
        if sum.count > 1 {
            let last = given.sum.last.saturating_sub(sum.first);
            sum.last += self.coder.below(self.span - sum.first, last)?;
        }
        self.used(&mut sum, &given.sum)?;
        let before = self.touched.get(place).copied().unwrap_or_default();
        let count = given.touched.len() as u64;
        let count = self.coder.number(of(&mut self.learned.touched, before), count)?;
        if let Some(before) = self.touched.get_mut(place) {
            *before = count.min(4);
        }
        let (from, to) =
            (start(&nest.resources, source), start(&nest.resources, source.saturating_add(1)));
        let end = (to - from) as u64;
        if count > end {
            return Err(ReadError::Number);
        }
        self.rows(usize::try_from(count).map_err(|_| ReadError::Number)?)?;
        let touched = self.resources(source, count, end, &sum, &given.touched)?;
        let operation = u32::try_from(operation).map_err(|_| ReadError::Number)?;
        Ok(Did { operation, sum, touched })
    }

    /// The resources of a call.
    fn resources(
        &mut self,
        source: u32,
        count: u64,
        end: u64,
        call: &Sum,
        given: &[Entry],
    ) -> Result<Vec<Entry>, ReadError> {
        let (mut entries, mut next, mut seen) = (Vec::new(), 0, Vec::new());
        let none = Entry::default();
        for place in 0..count {
            let given = usize::try_from(place).ok().and_then(|at| given.get(at)).unwrap_or(&none);
            let step = u64::from(given.at).saturating_sub(next);
            let steps = of(&mut self.learned.resource, source.into());
            let size = if place == 0 { &mut steps.first } else { &mut steps.next };
            let at = next.saturating_add(self.coder.number(size, step)?);
            if at >= end {
                return Err(ReadError::Number);
            }
            next = at + 1;
            let odds = of(of(&mut self.learned.is_whole, call.count - 1), count - 1);
            let sum = if self.coder.bit(odds, given.sum == *call)? {
                *call
            } else {
                self.part(call, &mut seen, &given.sum)?
            };
            entries.push(Entry { at: u32::try_from(at).map_err(|_| ReadError::Number)?, sum });
        }
        Ok(entries)
    }

    /// The sum of a resource that has not all of its call's events. `seen` are the times of those before it.
    fn part(&mut self, call: &Sum, seen: &mut Vec<u64>, given: &Sum) -> Result<Sum, ReadError> {
        let learned = &mut *self.learned;
        let mut sum = counts(self.coder, &mut learned.part, call.count - 1, given)?;
        let ends = of(&mut learned.end, call.count - 1);
        sum.first = Self::time(
            self.coder,
            [&mut ends[0], &mut learned.is_last[0], &mut learned.is_seen[0]],
            [call.first, call.last],
            call,
            seen,
            given.first,
        )?;
        sum.last = sum.first;
        if sum.count > 1 {
            sum.last = Self::time(
                self.coder,
                [&mut ends[1], &mut learned.is_last[1], &mut learned.is_seen[1]],
                [sum.first, call.last],
                call,
                seen,
                given.last,
            )?;
        }
        self.used(&mut sum, given)?;
        Ok(sum)
    }

    /// A time within a range of a call's: often the call's first or last, or that of another resource.
    fn time(
        coder: &mut C,
        [is_end, is_last, is_seen]: [&mut Odds; 3],
        [from, to]: [u64; 2],
        call: &Sum,
        seen: &mut Vec<u64>,
        given: u64,
    ) -> Result<u64, ReadError> {
        if from >= to {
            return Ok(from);
        }
        if coder.bit(is_end, given == call.first || given == call.last)? {
            let is_last = coder.bit(is_last, given == call.last)?;
            return Ok(if is_last { call.last } else { call.first });
        }
        let place = seen.iter().position(|time| *time == given);
        if !seen.is_empty() && coder.bit(is_seen, place.is_some())? {
            let place = coder.below(seen.len() as u64, place.unwrap_or_default() as u64)?;
            let place = usize::try_from(place).map_err(|_| ReadError::Number)?;
            return seen.get(place).copied().ok_or(ReadError::Number);
        }
        let time = from + coder.below(to - from + 1, given.saturating_sub(from))?;
        seen.push(time);
        Ok(time)
    }

    /// When the last use was, where that does not follow.
    fn used(&mut self, sum: &mut Sum, given: &Sum) -> Result<(), ReadError> {
        sum.used = (sum.denied == 0).then_some(sum.last);
        if sum.is_mixed() {
            let before = given.used.map_or(0, |used| given.last.saturating_sub(used));
            let is_last = self.coder.bit(&mut self.learned.call_used, before == 0)?;
            let span = sum.last.saturating_sub(sum.first) + 1;
            let before = if is_last { 0 } else { self.coder.below(span, before)? };
            sum.used = Some(sum.last - before);
        }
        Ok(())
    }

    /// Entries of one of a principal's lists; `all` are its calls, and `times` their first and last ones.
    fn list(
        &mut self,
        list: usize,
        given: &[Entry],
        end: u64,
        all: &Sum,
        times: &[u64],
    ) -> Result<Vec<Entry>, ReadError> {
        let learned = of(&mut self.learned.lists, list as u64);
        let places = given.iter().map(|entry| entry.at);
        let places = steps(self.coder, &mut learned.steps, places, end)?;
        self.rows(places.len())?;
        let (mut entries, count) = (Vec::new(), places.len() as u64);
        for (place, at) in places.into_iter().enumerate() {
            let given = given.get(place).map(|entry| entry.sum).unwrap_or_default();
            let learned = of(&mut self.learned.lists, list as u64);
            let odds = of(&mut learned.is_whole, count - 1);
            if self.coder.bit(odds, given == *all)? {
                entries.push(Entry { at, sum: *all });
                continue;
            }
            let mut sum = counts(self.coder, &mut learned.counts, 0, &given)?;
            let known = &mut learned.is_known;
            sum.first = Self::known(self.coder, known, [all.first, all.last], times, given.first)?;
            sum.last = sum.first;
            if sum.count > 1 {
                let range = [sum.first, all.last];
                sum.last = Self::known(self.coder, known, range, times, given.last)?;
            }
            self.used(&mut sum, &given)?;
            entries.push(Entry { at, sum });
        }
        Ok(entries)
    }

    /// A time within a range, often one of some times.
    fn known(
        coder: &mut C,
        is_known: &mut Odds,
        [from, to]: [u64; 2],
        times: &[u64],
        given: u64,
    ) -> Result<u64, ReadError> {
        if from >= to {
            return Ok(from);
        }
        let start = times.partition_point(|time| *time < from);
        let times = times.get(start..).unwrap_or_default();
        let place = times.binary_search(&given);
        if !times.is_empty() && coder.bit(is_known, place.is_ok())? {
            let place = coder.below(times.len() as u64, place.unwrap_or_default() as u64)?;
            let place = usize::try_from(place).map_err(|_| ReadError::Number)?;
            return times.get(place).copied().ok_or(ReadError::Number);
        }
        Ok(from + coder.below(to - from + 1, given.saturating_sub(from))?)
    }
}

/// Counts of a tally. `likely` tells those apart that are likely to be large.
fn counts<C: Code>(
    coder: &mut C,
    learned: &mut Counts,
    likely: u64,
    given: &Sum,
) -> Result<Sum, ReadError> {
    let size = of(&mut learned.count, likely);
    let count = coder.number(size, given.count.saturating_sub(1))?;
    let errors = coder.number(of(&mut learned.errors, count), given.errors)?;
    let denied = coder.number(of(&mut learned.denied, errors), given.denied)?;
    Ok(Sum { count: count.saturating_add(1), errors, denied, ..Sum::default() })
}
