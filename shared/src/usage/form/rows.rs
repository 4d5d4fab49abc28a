//! A nested hour ↔ bits. One telling serves the writer and the reader, see [`Code`].

use std::slice::Iter;

use super::ReadError;
use super::nest::{Did, Entry, KINDS, LISTS, Nest, Pairs, Sum, WORDS, Who, starts};
use super::range::{Code, Odds, Size, of};
use super::words::{Own, Texts, texts};

/// The most rows of a cell.
pub(super) const MOST_ROWS: usize = 1 << 20;

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

/// Codes an hour: the writer is given the whole of it, the reader nothing. Times are below `span`. What the writer makes of
/// it has no texts and no rows.
pub(super) fn code<C: Code>(
    coder: &mut C,
    given: &Nest,
    own: &mut Own<'_>,
    span: u64,
) -> Result<Nest, ReadError> {
    let mut learned = Box::<Learned>::default();
    let mut nest = Nest::default();
    let (mut bytes, mut sizes) = (0, [0_usize; KINDS]);
    let kinds = nest.texts.iter_mut().zip(&given.texts).zip(&mut learned.texts);
    for (((list, given), learned), size) in kinds.zip(&mut sizes) {
        *list = texts(coder, learned, given, own, &mut bytes)?;
        *size = if C::READS { list.len() } else { given.len() };
    }
    let [principals, sources, names, resources, sessions, origins, keys] = sizes;
    let [first, second, rest @ ..] = &mut learned.pairs;
    nest.operations = pairs(coder, first, &given.operations, [sources, names])?;
    nest.resources = pairs(coder, second, &given.resources, [sources, resources])?;
    let seconds = [sessions, origins, keys];
    let lists = nest.named.iter_mut().zip(&given.named).zip(rest);
    for (((list, given), learned), ends) in lists.zip(WORDS.into_iter().zip(seconds)) {
        *list = pairs(coder, learned, given, ends.into())?;
    }
    let mut coding = Coding {
        coder,
        learned,
        given: Given {
            principals: given.principals.iter(),
            calls: given.calls.iter(),
            touched: given.touched.iter(),
            lists: given.lists.each_ref().map(|list| list.iter()),
        },
        starts: starts(&nest.resources, sources),
        touched: vec![5; nest.operations.len()],
        nest,
        rows: 0,
        span,
        times: Times::default(),
        seen: Vec::new(),
        places: Vec::new(),
    };
    for _ in 0..principals {
        coding.principal()?;
    }
    Ok(coding.nest)
}

/// Ascending numbers below `end`, each of which is taken.
fn steps<C: Code>(
    coder: &mut C,
    learned: &mut Steps,
    given: impl ExactSizeIterator<Item = u32>,
    end: usize,
    mut take: impl FnMut(u32),
) -> Result<(), ReadError> {
    let count = coder.number(&mut learned.count, given.len() as u64)?;
    let end = end as u64;
    if count > end {
        return Err(ReadError::Number);
    }
    let (mut next, mut given) = (0_u64, given);
    for at in 0..count {
        let step = given.next().map_or(0, |given| u64::from(given).saturating_sub(next));
        let size = if at == 0 { &mut learned.first } else { &mut learned.next };
        let number = next.saturating_add(coder.number(size, step)?);
        if number >= end {
            return Err(ReadError::Number);
        }
        take(u32::try_from(number).map_err(|_| ReadError::Number)?);
        next = number + 1;
    }
    Ok(())
}

/// Ascending pairs; the numbers of each are below those of `ends`.
fn pairs<C: Code>(
    coder: &mut C,
    learned: &mut Steps,
    given: &[[u32; 2]],
    ends: [usize; 2],
) -> Result<Pairs, ReadError> {
    let (mut all, mut rest) = (Pairs::new(), given);
    for first in 0..ends[0] {
        let first = u32::try_from(first).map_err(|_| ReadError::Number)?;
        let count = rest.iter().take_while(|pair| pair[0] == first).count();
        let given;
        (given, rest) = rest.split_at_checked(count).unwrap_or_default();
        let seconds = given.iter().map(|pair| pair[1]);
        steps(coder, learned, seconds, ends[1], |second| all.push([first, second]))?;
        if all.len() > MOST_ROWS {
            return Err(ReadError::Number);
        }
    }
    Ok(all)
}

/// What is left of what the writer is given; the reader has nothing of it.
struct Given<'g> {
    principals: Iter<'g, Who>,
    calls: Iter<'g, Did>,
    touched: Iter<'g, Entry>,
    lists: [Iter<'g, Entry>; LISTS],
}

/// When a principal's calls were first and last; put in order when somebody asks.
#[derive(Debug, Default)]
struct Times {
    all: Vec<u64>,
    are_sorted: bool,
}

impl Times {
    fn clear(&mut self) {
        self.all.clear();
        self.are_sorted = false;
    }

    /// From a time on.
    fn from(&mut self, from: u64) -> &[u64] {
        if !self.are_sorted {
            self.all.sort_unstable();
            self.all.dedup();
            self.are_sorted = true;
        }
        let start = self.all.partition_point(|time| *time < from);
        self.all.get(start..).unwrap_or_default()
    }
}

struct Coding<'c, 'g, C> {
    coder: &'c mut C,
    learned: Box<Learned>,
    given: Given<'g>,
    nest: Nest,
    /// The place of the first resource of each source.
    starts: Vec<u32>,
    /// How many resources the last call of each operation had; 5 before the first.
    touched: Vec<u64>,
    rows: usize,
    span: u64,
    times: Times,
    /// The times of a call's resources that are not those of the call.
    seen: Vec<u64>,
    /// The places of a list.
    places: Vec<u32>,
}

impl<C: Code> Coding<'_, '_, C> {
    fn rows(&mut self, more: usize) -> Result<(), ReadError> {
        self.rows += more;
        if self.rows > MOST_ROWS { Err(ReadError::Number) } else { Ok(()) }
    }

    fn principal(&mut self) -> Result<(), ReadError> {
        let given = self.given.principals.next().copied().unwrap_or_default();
        let count = u64::from(given.calls.saturating_sub(1));
        let count = self.coder.number(&mut self.learned.calls, count)?;
        let (mut least, mut all, none) = (0, None::<Sum>, Did::default());
        self.times.clear();
        for at in 0..=count {
            let given = self.given.calls.next().unwrap_or(&none);
            let step = u64::from(given.operation).saturating_sub(least);
            let steps = &mut self.learned.operation;
            let size = if at == 0 { &mut steps.first } else { &mut steps.next };
            let operation = least.saturating_add(self.coder.number(size, step)?);
            least = operation.saturating_add(1);
            let Did { sum, .. } = self.call(operation, given)?;
            self.times.all.extend([sum.first, sum.last]);
            match &mut all {
                Some(all) => all.merge(&sum),
                None => all = Some(sum),
            }
        }
        let all = all.unwrap_or_default();
        let [named, from, keys] = self.nest.named.each_ref().map(Vec::len);
        let mut lists = [0; LISTS];
        let ends = [named, from, keys, 1, 1];
        for (list, (count, end)) in lists.iter_mut().zip(ends).enumerate() {
            let given = given.lists.get(list).copied().unwrap_or_default();
            *count = self.list(list, given, end, &all)?;
        }
        if C::READS {
            // Both are counts of rows, of which there are not so many.
            let calls = u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1);
            self.nest.principals.push(Who { calls, lists });
        }
        Ok(())
    }

    fn call(&mut self, operation: u64, given: &Did) -> Result<Did, ReadError> {
        self.rows(1)?;
        let place = usize::try_from(operation).map_err(|_| ReadError::Number)?;
        let [source, _] = *self.nest.operations.get(place).ok_or(ReadError::Number)?;
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
        let size = of(&mut self.learned.touched, before);
        let count = self.coder.number(size, given.touched.into())?;
        if let Some(before) = self.touched.get_mut(place) {
            *before = count.min(4);
        }
        let start = |source: usize| self.starts.get(source).copied().unwrap_or_default();
        let end = start(source as usize + 1).saturating_sub(start(source as usize));
        let touched = u32::try_from(count).map_err(|_| ReadError::Number)?;
        if touched > end {
            return Err(ReadError::Number);
        }
        self.rows(touched as usize)?;
        self.resources(source, count, end.into(), &sum)?;
        let operation = u32::try_from(operation).map_err(|_| ReadError::Number)?;
        let call = Did { operation, touched, sum };
        if C::READS {
            self.nest.calls.push(call);
        }
        Ok(call)
    }

    /// The resources of a call.
    fn resources(
        &mut self,
        source: u32,
        count: u64,
        end: u64,
        call: &Sum,
    ) -> Result<(), ReadError> {
        let (mut next, none) = (0, Entry::default());
        self.seen.clear();
        for place in 0..count {
            let given = self.given.touched.next().unwrap_or(&none);
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
                self.part(call, &given.sum)?
            };
            if C::READS {
                let at = u32::try_from(at).map_err(|_| ReadError::Number)?;
                self.nest.touched.push(Entry { at, sum });
            }
        }
        Ok(())
    }

    /// The sum of a resource that has not all of its call's events.
    fn part(&mut self, call: &Sum, given: &Sum) -> Result<Sum, ReadError> {
        let learned = &mut *self.learned;
        let mut sum = counts(self.coder, &mut learned.part, call.count - 1, given)?;
        let ends = of(&mut learned.end, call.count - 1);
        sum.first = Self::time(
            self.coder,
            [&mut ends[0], &mut learned.is_last[0], &mut learned.is_seen[0]],
            [call.first, call.last],
            call,
            &mut self.seen,
            given.first,
        )?;
        sum.last = sum.first;
        if sum.count > 1 {
            sum.last = Self::time(
                self.coder,
                [&mut ends[1], &mut learned.is_last[1], &mut learned.is_seen[1]],
                [sum.first, call.last],
                call,
                &mut self.seen,
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

    /// How many entries one of a principal's lists has, which are coded; `all` are its calls.
    fn list(&mut self, list: usize, given: u32, end: usize, all: &Sum) -> Result<u32, ReadError> {
        let learned = of(&mut self.learned.lists, list as u64);
        let entries = of(&mut self.given.lists, list as u64);
        let (given, rest) = entries.as_slice().split_at_checked(given as usize).unwrap_or_default();
        *entries = rest.iter();
        let places = &mut self.places;
        places.clear();
        let given_places = given.iter().map(|entry| entry.at);
        steps(self.coder, &mut learned.steps, given_places, end, |at| places.push(at))?;
        let count = self.places.len();
        self.rows(count)?;
        let none = Entry::default();
        for place in 0..count {
            let given = &given.get(place).unwrap_or(&none).sum;
            let learned = of(&mut self.learned.lists, list as u64);
            let odds = of(&mut learned.is_whole, count as u64 - 1);
            let sum = if self.coder.bit(odds, *given == *all)? {
                *all
            } else {
                self.listed(list, all, given)?
            };
            if C::READS {
                let at = self.places.get(place).copied().unwrap_or_default();
                of(&mut self.nest.lists, list as u64).push(Entry { at, sum });
            }
        }
        u32::try_from(count).map_err(|_| ReadError::Number)
    }

    /// The sum of an entry that has not all of the principal's calls.
    fn listed(&mut self, list: usize, all: &Sum, given: &Sum) -> Result<Sum, ReadError> {
        let learned = of(&mut self.learned.lists, list as u64);
        let mut sum = counts(self.coder, &mut learned.counts, 0, given)?;
        let (coder, known) = (&mut *self.coder, &mut learned.is_known);
        let range = [all.first, all.last];
        sum.first = Self::known(coder, known, range, &mut self.times, given.first)?;
        sum.last = sum.first;
        if sum.count > 1 {
            let range = [sum.first, all.last];
            sum.last = Self::known(coder, known, range, &mut self.times, given.last)?;
        }
        self.used(&mut sum, given)?;
        Ok(sum)
    }

    /// A time within a range, often one of some times.
    fn known(
        coder: &mut C,
        is_known: &mut Odds,
        [from, to]: [u64; 2],
        times: &mut Times,
        given: u64,
    ) -> Result<u64, ReadError> {
        if from >= to {
            return Ok(from);
        }
        let times = times.from(from);
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
