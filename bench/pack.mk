# bench/pack.mk - packing, measured beside other packers.
.PHONY: bench-pack
PAIRS    ?=
bench-pack: all ## CPU, size and memory of packing beside other tools (PAIRS=--quick CORPORA="real small big tiny noise")
	bench/pack $(B) $(PAIRS) $(CORPORA)
