# Two commands: `make demo` shows Kith on practice people, `make test` installs what the tests need and runs them.
.PHONY: help demo test check simulate killloop bench

help:
	@echo "make demo   build Kith and open it on the practice network (ARGS='--speed 60' runs time faster)"
	@echo "make test   install what the tests need under .tools, and run them all"
	@echo "make simulate  publish in a simulated world, seed after seed (SEEDS=100000; docs/reliability.md)"
	@echo "make killloop  the real server, killed and lied to (POSTS=5000 KILLS=500; docs/reliability.md)"
	@echo "make bench  bursts and large plans beside other job queues (ROUNDS=3; docs/performance.md)"
	@echo "make check  what a change must pass: format, lints, licences, then make test"

demo:
	@scripts/demo $(ARGS)

test:
	@scripts/test

check:
	@.ci/run

SEEDS ?= 100000
simulate:
	@cargo run --locked --release -q -p kith-sim -- --seeds $(SEEDS) $(ARGS)

POSTS ?= 5000
KILLS ?= 500
killloop:
	@cargo build --locked -q -p kith -p kith-killloop
	@cargo run --locked -q -p kith-killloop -- --posts $(POSTS) --kills $(KILLS) $(ARGS)

bench:
	@cargo build --locked --release -q -p kith
	@benches/run
