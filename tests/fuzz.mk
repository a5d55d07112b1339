# Fuzzing.  tests/fuzz/NAME.c is one libFuzzer program over everything of the host.  `make fuzz FUZZ_SECONDS=60` runs each
# over what the tools make (tests/seeds), the stored corpus (tests/fuzz/corpus/NAME) and what earlier runs found
# (build/fuzz/found/NAME); `make fuzz-NAME` runs one.  An input that fails is left in build/fuzz/NAME-crash-*.
FUZZ_SECONDS ?= 10
FUZZ_MORE    ?=
FUZZ_NAMES := $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/*.c)))
FUZZ_SAN   := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_FLAGS := $(HOST) $(FUZZ_SAN) -Itests
FUZZ_LIMITS := -timeout=20 -rss_limit_mb=4096 -max_len=70000

$(B)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(CLANG) $(FUZZ_FLAGS) $(SIMD) -fsanitize=fuzzer-no-link -MMD -MP -c $< -o $@
$(B)/fuzz/run-%: tests/fuzz/%.c $(wildcard tests/fuzz/*.h) tests/unit/drip.h tests/unit/codec_memory.h $(patsubst %,$(B)/fuzz/%.o,$(basename $(LIBTAP) $(PROTO)))
	@mkdir -p $(@D)
	$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer $(filter-out %.h,$^) -o $@ -larchive $(LIBS)

.PHONY: fuzz-seeds $(FUZZ_NAMES:%=fuzz-%)
fuzz-seeds:
	@tests/seeds $(B)/fuzz/seeds
$(FUZZ_NAMES:%=fuzz-%): fuzz-%: $(B)/fuzz/run-% fuzz-seeds
	@mkdir -p $(B)/fuzz/found/$* $(B)/fuzz/seeds/$*
	@$< -max_total_time=$(FUZZ_SECONDS) $(FUZZ_LIMITS) $(FUZZ_MORE) -print_final_stats=1 -artifact_prefix=$(B)/fuzz/$*- $(B)/fuzz/found/$* \
	  $(B)/fuzz/seeds/$* $(wildcard tests/fuzz/corpus/$*) >$(B)/fuzz/$*.log 2>&1 || { tail -n 40 $(B)/fuzz/$*.log; exit 1; }
	@awk '/executed_units/ {n=$$2} / cov: / {for (i = 1; i < NF; i++) if ($$i == "cov:") c = $$(i+1)} \
	  END {printf "fuzz $*: nothing found in %d runs, %d edges\n", n, c}' $(B)/fuzz/$*.log

fuzz: $(FUZZ_NAMES:%=fuzz-%) ## feed every parser mutated bytes, FUZZ_SECONDS each (10)
