//! What every network must do.
