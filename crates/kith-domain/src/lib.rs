//! Kith's rules, without a world to act on.
//!
//! Everything here is a type, a rule or a state machine: no async, no I/O, no clock, no chance, no SQL, no HTTP.
//! `now`, seeds and ids come in as arguments; decisions go out as values that the engine carries out.
//! The modules are the stages of Kith's one line, and a later stage may name an earlier one, never the reverse:
//! `people · mandate → plan → schedule → publish → listen → converse → measure`.

pub mod hex;
pub mod ids;

pub mod mandate;
pub mod people;

pub mod plan;
pub mod schedule;

pub mod publish;

pub mod listen;

pub mod converse;

pub mod measure;
