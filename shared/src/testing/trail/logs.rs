//! The files of records, account by account and region by region.

use std::{collections::BTreeMap, io, ops::Range};

use super::{
    clock::{DAY, HOUR, Moment},
    digest::{Chain, Entry, Trail, sha256},
    key::Keys,
    object::{Gzip, Kind, Object, Sink, Written},
    oddity,
    operation::GLOBAL,
    plan::Plan,
    population::Population,
    random::{Quantiles, Random},
    record::Call,
};

/// The trail of all regions.
const MAIN: &str = "main";
/// The trail of one region that delivers some records a second time.
const SECOND: &str = "security";

/// Seconds from event to delivery, as measured over a genuine bucket: median 195, 99 % 520, at most 608.
const LAG: Quantiles = &[(0, 60), (500_000, 195), (900_000, 405), (990_000, 520), (1_000_000, 608)];

/// How much of a day's files each hour gets.
const HOURS: [u64; 24] = [3, 3, 3, 3, 3, 3, 4, 5, 7, 8, 8, 8, 7, 8, 8, 8, 7, 6, 5, 4, 4, 4, 3, 3];

/// A record waiting to be delivered elsewhere too.
#[derive(Debug)]
struct Waiting {
    /// When its first copy was delivered.
    delivered: Moment,
    time: Moment,
    record: String,
}

/// Records of an account and region that actions of other accounts caused.
type Crossing = BTreeMap<(String, String), Vec<Waiting>>;

/// The state of a run.
struct Run<'a> {
    plan: &'a Plan,
    keys: &'a Keys,
    gzip: Gzip,
    crossing: Crossing,
    /// Records of the present account that the second trail delivers as well.
    copies: Vec<Waiting>,
    written: Written,
}

/// A file that is being filled.
#[derive(Debug)]
struct File {
    content: String,
    delivered: Moment,
    events: Range<Moment>,
    records: u64,
}

impl File {
    fn new(delivered: Moment) -> Self {
        let content = "{\"Records\":[".to_owned();
        Self { content, delivered, events: Moment(i64::MAX)..Moment(0), records: 0 }
    }

    /// Adds a record that `write` appends.
    fn add(&mut self, time: Moment, write: impl FnOnce(&mut String)) -> Range<usize> {
        if self.records > 0 {
            self.content.push(',');
        }
        let start = self.content.len();
        write(&mut self.content);
        self.events = self.events.start.min(time)..self.events.end.max(time);
        self.records += 1;
        start..self.content.len()
    }
}

impl Plan {
    /// Gives all objects to a sink: account by account and region by region, in the order of delivery within
    /// those. Fails when the sink fails, or when a region of the plan has no key and digests are wanted.
    pub fn objects(&self, keys: &Keys, sink: Sink<'_>) -> io::Result<Written> {
        let mut run = Run {
            plan: self,
            keys,
            gzip: Gzip::new(),
            crossing: BTreeMap::new(),
            copies: Vec::new(),
            written: Written::default(),
        };
        for account in &self.accounts {
            let population = Population::of(self, account);
            for region in &self.regions {
                run.region(&population, region, sink)?;
            }
            run.second_trail(account, sink)?;
        }
        Ok(run.written)
    }

    /// The region of the first trail.
    fn home(&self) -> &str {
        self.regions.first().map_or("", String::as_str)
    }

    /// The region of the second trail.
    fn second_home(&self) -> &str {
        self.regions.get(1).or(self.regions.first()).map_or("", String::as_str)
    }

    /// Deliveries of an account and region in order of time: when, and how many records.
    pub(super) fn schedule(&self, account: &str, region: &str) -> Vec<(Moment, u64)> {
        let mut random = self.random(&["schedule", account, region]);
        let mut files = Vec::new();
        let whole: u64 = HOURS.iter().sum();
        for day in 0..self.days {
            let midnight = self.from.0 + i64::try_from(day).unwrap_or_default() * DAY;
            let usual = self.shape.files_per_day;
            for _ in 0..random.between(usual - usual / 20, usual + usual / 20) {
                let mut left = random.below(whole);
                let hour = HOURS.iter().take_while(|share| {
                    let beyond = left >= **share;
                    left = left.saturating_sub(**share);
                    beyond
                });
                let hour = i64::try_from(hour.count()).unwrap_or_default();
                let second = i64::try_from(random.below(3_600)).unwrap_or_default();
                let delivered = Moment(midnight + hour * HOUR + second);
                files.push((delivered, random.quantile(self.shape.records)));
            }
        }
        files.sort_unstable();
        files
    }
}

impl<'a> Run<'a> {
    fn chain(&self, trail: Trail<'a>) -> io::Result<Option<Chain<'a>>> {
        if !self.plan.digests {
            return Ok(None);
        }
        let key = self.keys.of(trail.region).ok_or(io::ErrorKind::NotFound)?;
        Ok(Some(Chain::new(trail, key, self.plan.from)))
    }

    fn region(
        &mut self,
        population: &Population<'a>,
        region: &'a str,
        sink: Sink<'_>,
    ) -> io::Result<()> {
        let account = population.account;
        let trail = Trail { plan: self.plan, name: MAIN, home: self.plan.home(), account, region };
        let mut chain = self.chain(trail)?;
        let mut waiting =
            self.crossing.remove(&(account.to_owned(), region.to_owned())).unwrap_or_default();
        waiting.sort_by_key(|waiting| waiting.delivered);
        let mut waiting = waiting.into_iter().peekable();
        for (number, (delivered, count)) in
            self.plan.schedule(account, region).into_iter().enumerate()
        {
            if trail.is_off(trail.hour_end(delivered)) {
                continue;
            }
            let mut file = File::new(delivered);
            let mut random = self.plan.random(&["file", account, region, &number.to_string()]);
            self.fill(&mut file, count, population, region, &mut random);
            while let Some(crossed) = waiting.next_if(|waiting| waiting.delivered <= delivered) {
                file.add(crossed.time, |out| out.push_str(&crossed.record));
            }
            self.written.distinct += file.records;
            self.deliver(file, trail, chain.as_mut(), &mut random, sink)?;
        }
        self.finish(chain, sink)
    }

    /// Fills a file with records, mostly in order of time.
    fn fill(
        &mut self,
        file: &mut File,
        count: u64,
        population: &Population<'a>,
        region: &'a str,
        random: &mut Random,
    ) {
        let mut times: Vec<Moment> =
            (0..count).map(|_| self.event_time(file.delivered, random)).collect();
        times.sort_unstable();
        for place in 1..times.len() {
            if random.chance(80_000) {
                times.swap(place - 1, place);
            }
        }
        for time in times {
            let seed = random.draw();
            let Some((principal, operation)) = population.draw(region, self.plan.day(time), random)
            else {
                continue;
            };
            let other = population.other(random);
            let account = population.account;
            let names = &population.names;
            let mut call = Call {
                account,
                home: account,
                target: account,
                other: other.id,
                region,
                time,
                principal,
                operation,
                names,
                seed,
                shared: None,
            };
            if self.plan.oddities && random.chance(20_000) {
                file.add(time, |out| oddity::write(&call.facts(), out));
                continue;
            }
            let mut shared = String::new();
            random.uuid(&mut shared);
            if operation.name == "AssumeRole" {
                call.shared = principal.kind.links(other.is_later, random).then_some(&shared);
            }
            if call.shared.is_some() && principal.kind.is_own() {
                call.target = other.id;
                self.cross(call, file.delivered);
            }
            let place = file.add(time, |out| call.write(out));
            self.copy(file, place, time, region, random);
        }
    }

    /// When an event happened that is delivered at a moment.
    fn event_time(&self, delivered: Moment, random: &mut Random) -> Moment {
        let lag = if random.chance(self.plan.late) {
            random.between(3_600, 26 * 3_600)
        } else {
            random.quantile(LAG)
        };
        delivered.plus(-i64::try_from(lag).unwrap_or_default())
    }

    /// Sends the other account's record of an action to it: another event, linked by `sharedEventID`.
    fn cross(&mut self, call: Call<'_>, delivered: Moment) {
        let mut record = String::new();
        Call { account: call.target, ..call }.write(&mut record);
        let place = (call.target.to_owned(), call.region.to_owned());
        let waiting = Waiting { delivered, time: call.time, record };
        self.crossing.entry(place).or_default().push(waiting);
    }

    /// Keeps a record for the second trail, now and then: of its own region, and of the global services.
    fn copy(
        &mut self,
        file: &File,
        place: Range<usize>,
        time: Moment,
        region: &str,
        random: &mut Random,
    ) {
        let home = self.plan.second_home();
        if region != home && region != GLOBAL {
            return;
        }
        let sources =
            if home == GLOBAL || !self.plan.regions.iter().any(|it| it == GLOBAL) { 1 } else { 2 };
        let share = self.plan.duplicates * 1_000 * self.plan.regions.len() as u64 / sources;
        if random.chance(share) {
            let record = file.content.get(place).unwrap_or_default().to_owned();
            self.copies.push(Waiting { delivered: file.delivered, time, record });
        }
    }

    /// Delivers what was kept, up to ten minutes after the first delivery, in the folder of one region.
    fn second_trail(&mut self, account: &'a str, sink: Sink<'_>) -> io::Result<()> {
        let mut copies = std::mem::take(&mut self.copies);
        if copies.is_empty() {
            return Ok(());
        }
        copies.sort_by_key(|copy| copy.delivered);
        let region = self.plan.second_home();
        let trail = Trail { plan: self.plan, name: SECOND, home: region, account, region };
        let mut chain = self.chain(trail)?;
        let mut random = self.plan.random(&["second", account]);
        let mut copies = copies.into_iter().peekable();
        while let Some(first) = copies.next() {
            let lag = i64::try_from(random.between(300, 600)).unwrap_or_default();
            let delivered = first.delivered.plus(lag);
            if trail.is_off(trail.hour_end(delivered)) {
                continue;
            }
            let mut file = File::new(delivered);
            file.add(first.time, |out| out.push_str(&first.record));
            while let Some(copy) = copies.next_if(|copy| copy.delivered.plus(60) <= delivered) {
                file.add(copy.time, |out| out.push_str(&copy.record));
            }
            self.deliver(file, trail, chain.as_mut(), &mut random, sink)?;
        }
        self.finish(chain, sink)
    }

    fn deliver(
        &mut self,
        mut file: File,
        trail: Trail<'a>,
        chain: Option<&mut Chain<'a>>,
        random: &mut Random,
        sink: Sink<'_>,
    ) -> io::Result<()> {
        file.content.push_str("]}");
        let key = log_key(trail, file.delivered, random);
        let bytes = self.gzip.pack(file.content.as_bytes())?;
        self.written.records += file.records;
        self.written.files += 1;
        self.written.json_bytes += file.content.len() as u64;
        self.written.bytes += bytes.len() as u64;
        if let Some(chain) = chain {
            chain.deliver_until(file.delivered, &mut self.gzip, sink)?;
            let hash = sha256(file.content.as_bytes());
            chain.add(Entry { key: key.clone(), hash, events: file.events });
        }
        sink(Object {
            kind: Kind::Log,
            key,
            account: trail.account.to_owned(),
            region: trail.region.to_owned(),
            delivered: file.delivered,
            hour: trail.hour_end(file.delivered),
            bytes,
            metadata: Vec::new(),
        })
    }

    /// Delivers the digests that are still due, up to the one with the last file in it.
    fn finish(&mut self, chain: Option<Chain<'a>>, sink: Sink<'_>) -> io::Result<()> {
        if let Some(mut chain) = chain {
            chain.deliver_until(self.plan.until().plus(2 * HOUR - 1), &mut self.gzip, sink)?;
            self.written.digests += chain.count;
        }
        Ok(())
    }
}

/// The key of a file of records.
fn log_key(trail: Trail<'_>, delivered: Moment, random: &mut Random) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let Trail { plan, account, region, .. } = trail;
    let mut key = format!(
        "{}/CloudTrail/{region}/{}/{account}_CloudTrail_{region}_{}_",
        plan.folder(account),
        delivered.folder(),
        delivered.minute()
    );
    random.letters(LETTERS, 16, &mut key);
    key.push_str(".json.gz");
    key
}
