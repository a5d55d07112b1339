# Fuzzing.  tests/fuzz/NAME.c is one libFuzzer program over everything of the host.  `make fuzz FUZZ_SECONDS=60` runs each
# over what the tools make (tests/seeds), the stored corpus (tests/fuzz/corpus/NAME) and what earlier runs found
# (build/fuzz/found/NAME); `make fuzz-NAME` runs one.  An input that fails is left in build/fuzz/NAME-crash-*.
# `make coverage` and tests/fuzz/count: see docs/fuzzing.md.
FUZZ_SECONDS ?= 10
FUZZ_NAMES := $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/*.c)))
FUZZ_SAN   := -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_FLAGS := $(HOST) $(FUZZ_SAN) -Itests
FUZZ_TOOL   := $(call room,mkimage/config mkimage/lib mkimage/image mkimage/compress mkimage/look mkimage/tree mkimage/pack)
FUZZ_LIMITS := -timeout=20 -rss_limit_mb=4096 -max_len=70000
FUZZ_HEADERS := $(wildcard tests/fuzz/*.h) $(wildcard tests/unit/*.h)
# FUZZ_STEADY=1, as the tests have it: so many runs from the same start, that a change is judged by what it does and not by
# luck.  About ten seconds each.
FUZZ_STEADY ?=
FUZZ_RUNS   := 300000
FUZZ_RUNS_elf        := 900000
FUZZ_RUNS_tar        := 150000
FUZZ_RUNS_initrd     := 100000
FUZZ_RUNS_config     := 50000
FUZZ_RUNS_gzip       := 40000
FUZZ_RUNS_lz4_legacy := 150000
FUZZ_RUNS_lz4        := 25000
FUZZ_RUNS_zstd       := 20000
FUZZ_RUNS_peer       := 20000
FUZZ_RUNS_unpack     := 15000
FUZZ_RUNS_rootfs     := 2000
FUZZ_RUNS_room       := 12000
FUZZ_RUNS_xz         := 12000
FUZZ_RUNS_bzip2      := 6000
FUZZ_FOUND   = $(B)/fuzz/$(if $(FUZZ_STEADY),steady,found)/$*
FUZZ_UNTIL   = $(if $(FUZZ_STEADY),-seed=1 -runs=$(or $(FUZZ_RUNS_$*),$(FUZZ_RUNS)),-max_total_time=$(FUZZ_SECONDS))

$(B)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(CLANG) $(FUZZ_FLAGS) $(SIMD) -fsanitize=fuzzer-no-link -MMD -MP -c $< -o $@
# A library, so that a target has only what it calls: libFuzzer looks at every edge of the program after each execution.
$(B)/fuzz/lib.a: $(patsubst %,$(B)/fuzz/%.o,$(basename $(LIBTAP) $(PROTO)))
	@rm -f $@ && ar rcs $@ $^
$(B)/fuzz/tool.a: $(patsubst %,$(B)/fuzz/%.o,$(basename $(FUZZ_TOOL)))
	@rm -f $@ && ar rcs $@ $^
$(B)/fuzz/run-%: tests/fuzz/%.c $(FUZZ_HEADERS) $(B)/fuzz/tool.a $(B)/fuzz/lib.a
	$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer $(filter-out %.h,$^) -o $@ $(TOOL_LIBS)
$(B)/fuzz/seeds/.made: tests/seeds $(wildcard tests/cases/*/*)
	@rm -rf $(@D) && tests/seeds $(@D) && touch $@

.PHONY: coverage $(FUZZ_NAMES:%=fuzz-%)
$(FUZZ_NAMES:%=fuzz-%): fuzz-%: $(B)/fuzz/run-% $(B)/fuzz/seeds/.made
	@$(if $(FUZZ_STEADY),rm -rf $(FUZZ_FOUND);) mkdir -p $(FUZZ_FOUND) $(B)/fuzz/seeds/$*
	@ASAN_OPTIONS=quarantine_size_mb=16 $< $(FUZZ_UNTIL) $(FUZZ_LIMITS) -print_final_stats=1 -artifact_prefix=$(B)/fuzz/$*- $(FUZZ_FOUND) \
	  $(B)/fuzz/seeds/$* $(wildcard tests/fuzz/corpus/$*) >$(B)/fuzz/$*.log 2>&1 || { tail -n 40 $(B)/fuzz/$*.log; exit 1; }
	@awk '/executed_units/ {n=$$2} / cov: / {for (i = 1; i < NF; i++) if ($$i == "cov:") c = $$(i+1)} / in [0-9]+ second/ {s = $$5} \
	  END {printf "fuzz $*: nothing found in %d runs, %d edges, %d s\n", n, c, s}' $(B)/fuzz/$*.log

fuzz: $(FUZZ_NAMES:%=fuzz-%) ## feed every parser mutated bytes, FUZZ_SECONDS each (10)

# --- how much of the parsers the stored inputs reach -----------------------------------
# tests/cases, the tools' archives and tests/fuzz/corpus, through every target, counted by clang's own instrumentation.
COV_FLAGS := $(filter-out -ffile-prefix-map=%,$(HOST)) -O1 -fprofile-instr-generate -fcoverage-mapping -Itests
$(B)/coverage/%.o: %.c
	@mkdir -p $(@D)
	$(CLANG) $(COV_FLAGS) $(SIMD) -MMD -MP -c $< -o $@
$(B)/coverage/lib.a: $(patsubst %,$(B)/coverage/%.o,$(basename $(LIBTAP) $(PROTO)))
	@rm -f $@ && ar rcs $@ $^
$(B)/coverage/tool.a: $(patsubst %,$(B)/coverage/%.o,$(basename $(FUZZ_TOOL)))
	@rm -f $@ && ar rcs $@ $^
$(B)/coverage/run-%: tests/fuzz/%.c $(FUZZ_HEADERS) $(B)/coverage/tool.a $(B)/coverage/lib.a
	$(CLANG) $(COV_FLAGS) -fsanitize=fuzzer $(filter-out %.h,$^) -o $@ $(TOOL_LIBS)
coverage: $(FUZZ_NAMES:%=$(B)/coverage/run-%) $(B)/fuzz/seeds/.made ## what share of the parsers' branches the stored inputs reach
	@tests/fuzz/coverage $(B)
