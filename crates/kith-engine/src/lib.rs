//! kith-engine
