//! Every way: there where all that it takes is there, and gone where one thing is not.

mod coverage;
mod doing;
pub(super) mod fixture;
mod goal;
mod group;
mod perhaps;
mod remedy;
mod rights;
mod rows;
mod traps;
mod version;
