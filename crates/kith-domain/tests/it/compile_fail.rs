//! The mission as missing functions: programs that would let a machine speak do not compile.
//!
//! Each file in `compile_fail/` is such a program; beside it stands what the compiler says to it.

#[test]
fn no_machine_can_make_keep_or_double_a_human_act() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
