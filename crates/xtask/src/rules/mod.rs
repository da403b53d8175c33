//! The rules, one subject a file. Each function takes the repository's text and returns every breach.

pub mod documents;
pub mod imports;
pub mod length;
pub mod limits;
pub mod map;
pub mod marks;
pub mod matrix;
pub mod networks;
pub mod proof;
pub mod purity;
pub mod speech;
pub mod sql;
pub mod stages;
pub mod surroundings;
pub mod workspace;
