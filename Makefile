# Taproot: `make help` lists the targets.  Everything built lies under build/.
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules
JOBS      = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

VERSION  := 0.1.0
PREFIX   ?= /usr/local
DESTDIR  ?=
B        := build
CC       := gcc
CLANG    := clang
PLATFORM := kvm-x86_64

WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wno-unused-parameter
COMMON   := -std=gnu11 -O2 -g $(WARN) -I. -DTAPROOT_VERSION='"$(VERSION)"' -ffile-prefix-map=$(CURDIR)=.
HOST     := $(COMMON) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude -Ikernel/plat/host
SAN      := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
OUR_LIBS := -lz -ldeflate -lzstd -llzma -lbz2 -lmd
LIBS     := $(OUR_LIBS) -llz4 -lpthread
TOOL_LIBS := -lconfig -larchive -ljansson -lfuse3 $(LIBS)
# To load libarchive and all that it brings along takes longer than to pack ten files.  Dynamic: what is under the LGPL, zlib
# and bzip2, which Debian wants so, and zstd, for the static one has no threads.
FAST_LIBS := -Wl,-Bstatic -larchive -ljansson -ldeflate -llz4 -llzma -lmd -Wl,-Bdynamic -lconfig -lfuse3 -lnettle -lzstd -lz -lbz2 -lpthread

# --- rooms: a file that is there is built -------------------------------------
room     = $(sort $(foreach d,$(1),$(wildcard $(d)/*.c $(d)/*.S)))
FORMATS  := $(filter-out formats/codec_list_basic.c,$(call room,formats))
PORTABLE := $(call room,kernel/mem kernel/ramfs kernel/vfscore) $(wildcard kernel/boot/unpack*.c kernel/boot/section.c kernel/boot/save.c)
LIBTAP   := $(FORMATS) $(PORTABLE) $(call room,kernel/plat/host kernel/libtaproot)
KERNEL   := $(FORMATS) $(PORTABLE) $(call room,kernel/lib kernel/boot kernel/program kernel/plat/proto \
              kernel/plat/x86_64 kernel/plat/kvm-x86_64)
KERNEL   := $(sort $(KERNEL))
# The smaller kernel leaves out decoders that most images do not need.
BASIC    := $(sort $(filter-out formats/codec_list.c formats/zstd.c formats/xz.c formats/bzip2.c,$(KERNEL)) formats/codec_list_basic.c)
MKIMAGE  := $(call room,mkimage mkimage/*)
PROTO    := $(call room,kernel/plat/proto) kernel/program/areas.c

host_o   = $(patsubst %,$(B)/host/%.o,$(basename $(1)))
san_o    = $(patsubst %,$(B)/san/%.o,$(basename $(1)))
kernel_o = $(patsubst %,$(B)/$(PLATFORM)/%.o,$(basename $(1)))

.PHONY: all check unit test bench scale fuzz example lint deps run man install deb clean help
KERNELS  := $(B)/$(PLATFORM)/kernel.elf $(B)/$(PLATFORM)/kernel-full.elf
all: $(B)/mkimage $(B)/libtaproot.a $(KERNELS) ## build the tool, the library and the kernel

# --- host -----------------------------------------------------------------------
# AVX2 is used only where CPUID has it; these files hold nothing else.
$(B)/%/formats/xxh3_avx2.o: SIMD := -mavx2
$(B)/%/formats/sha256_ni.o: SIMD := -msha -mssse3 -msse4.1
$(B)/%/formats/xxh32_sse4.o: SIMD := -msse4.1

$(B)/host/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HOST) $(SIMD) -MMD -MP -c $< -o $@
$(B)/san/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HOST) $(SIMD) $(SAN) -MMD -MP -c $< -o $@

# What `mkimage init` writes is examples/hello, its program ready made.
$(B)/init/hello: examples/hello/hello.c
	@mkdir -p $(@D)
	musl-gcc -O2 -static -s $< -o $@
INIT     := examples/hello/app.cfg examples/hello/hello.c examples/hello/rootfs/etc/motd $(B)/init/hello
$(B)/host/%.o: %.S $(INIT)
	@mkdir -p $(@D)
	$(CC) -I$(B) -c $< -o $@
$(B)/san/%.o: %.S $(INIT)
	@mkdir -p $(@D)
	$(CC) -I$(B) -c $< -o $@

$(B)/libtaproot.a: $(call host_o,$(LIBTAP))
	rm -f $@ && ar rcsD $@ $^
$(B)/san/libtaproot.a: $(call san_o,$(LIBTAP))
	rm -f $@ && ar rcsD $@ $^
$(B)/mkimage: $(call host_o,$(MKIMAGE)) $(B)/libtaproot.a
	$(CC) $^ -o $@ $(FAST_LIBS)
$(B)/mkimage-sanitized: $(call san_o,$(MKIMAGE)) $(B)/san/libtaproot.a
	$(CC) $(SAN) $^ -o $@ $(TOOL_LIBS)

# --- kernel ------------------------------------------------------------------------
# No host header can leak in: only the compiler's own, kernel/lib/include, and links to the
# headers of the libraries whose decoder halves are linked in.  -fbuiltin: a memcpy of four bytes is one instruction again.
KLIB_HEADERS := zlib.h zconf.h libdeflate.h zstd.h zstd_errors.h lzma.h bzlib.h xxhash.h sha2.h
KINC     := $(B)/kernel-include
gccinc   := $(shell $(CC) -print-file-name=include)
KFLAGS   := $(COMMON) -ffreestanding -fbuiltin -nostdinc -isystem kernel/lib/include -isystem $(KINC) -isystem $(gccinc) \
            -Ikernel/plat/x86_64 -fno-pic -mcmodel=kernel -mno-red-zone -fno-stack-protector \
            -fcf-protection=none -falign-functions=1 -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections
GENERAL  := -mgeneral-regs-only
# Digests and what reads archives run before the program and may use SSE.
$(B)/$(PLATFORM)/formats/xxh3_%.o $(B)/$(PLATFORM)/formats/cpio_quick.o $(B)/$(PLATFORM)/formats/lz4_block.o \
  $(B)/$(PLATFORM)/formats/sha256_ni.o $(B)/$(PLATFORM)/formats/xxh32_sse4.o: GENERAL :=
# What runs once, or waits for a program's call, is built small; what grows with bytes or entries stays fast.
SMALL_C  := $(call room,kernel/program kernel/vfscore kernel/plat/proto kernel/plat/$(PLATFORM) kernel/boot kernel/lib) \
            kernel/mem/pages_check.c kernel/mem/zone.c kernel/mem/pages.c $(addprefix kernel/ramfs/,content.c extents.c names.c rows.c xattrs.c) \
            $(addprefix formats/,elf.c elf_program.c manifest.c initrd.c digest.c xxh3_sse2.c flaw.c err.c source.c \
              codec.c codec_list.c codec_list_basic.c gzip.c gzip_at_once.c lz4.c zstd.c xz.c bzip2.c \
              archive.c archive_rules.c path.c odc.c tar.c tar_header.c tar_sparse.c pax.c pax_attr.c)
$(call kernel_o,$(filter-out kernel/boot/unpack.c kernel/boot/unpack_links.c kernel/lib/string.c,$(SMALL_C))): SMALL := -Os
# No loop of the library may become a call to itself.
$(B)/$(PLATFORM)/kernel/lib/%.o: SIMD := -fno-tree-loop-distribute-patterns
$(B)/$(PLATFORM)/kernel/plat/x86_64/%.o: SIMD := -fno-tree-loop-distribute-patterns
KLIBS    := $(foreach l,z deflate zstd lzma bz2 md gcc,$(shell $(CC) -print-file-name=lib$(l).a))

$(KINC)/.stamp: Makefile
	@mkdir -p $(@D) && rm -f $(@D)/*.h
	@for h in $(KLIB_HEADERS); do f=$$(echo "#include <$$h>" | $(CC) -E -M -xc - | tr ' \\' '\n\n' | grep "/$$h$$" | head -n1); \
	  [ -n "$$f" ] || { echo "$$h is missing: run make deps" >&2; exit 1; }; ln -sf "$$f" $(@D)/$$h; done; \
	  ln -sfn "$$(dirname "$$(readlink $(@D)/lzma.h)")/lzma" $(@D)/lzma
	@touch $@

$(B)/$(PLATFORM)/%.o: %.c $(KINC)/.stamp
	@mkdir -p $(@D)
	$(CC) $(KFLAGS) $(SMALL) $(GENERAL) $(SIMD) -MMD -MP -c $< -o $@
$(B)/$(PLATFORM)/%.o: %.S $(KINC)/.stamp
	@mkdir -p $(@D)
	$(CC) $(KFLAGS) -MMD -MP -c $< -o $@

KLDS := kernel/plat/$(PLATFORM)/kernel.lds
$(B)/$(PLATFORM)/kernel.elf: $(call kernel_o,$(BASIC))
$(B)/$(PLATFORM)/kernel-full.elf: $(call kernel_o,$(KERNEL))
$(KERNELS): $(KLDS)
	$(CC) -nostdlib -static -no-pie -Wl,-T,$(KLDS) -Wl,--build-id=none -Wl,-O1 -Wl,--gc-sections -Wl,-z,max-page-size=4096 \
	  -Wl,--no-warn-rwx-segments -Wl,-z,noexecstack $(filter %.o,$^) -Wl,--start-group $(KLIBS) -Wl,--end-group -o $@.full
	objcopy --strip-all $@.full $@

# --- tests --------------------------------------------------------------------------
# tests/unit/NAME.c is one cmocka program, linked with everything of the host and the pure parts of the kernel, sanitized.
UNIT     := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(sort $(wildcard tests/unit/*.c)))
$(B)/tests/unit/%: tests/unit/%.c $(filter-out $(B)/san/mkimage/main.o,$(call san_o,$(MKIMAGE) $(PROTO))) $(B)/san/libtaproot.a
	@mkdir -p $(@D)
	$(CC) $(HOST) $(SAN) -MMD -MP -Itests $< $(filter %.o %.a,$^) -o $@ -lcmocka $(TOOL_LIBS)

include $(sort $(wildcard tests/*.mk bench/*.mk))

check: all $(UNIT) $(TEST_PARTS) ## run all tests without installing anything
	tests/run $(B)
unit: $(UNIT) ## run the unit tests alone
	tests/run $(B) unit
test: deps ## install what is missing, then run every test
	@$(MAKE) --no-print-directory $(JOBS) check

CORPORA  ?=
bench: all ## guest instructions and memory beside Linux's (CORPORA="tiny0 many0 big real")
	bench/run $(B) $(CORPORA)
	$(if $(CORPORA),,bench/scale $(B))
scale: all ## instructions for up to a million entries, and files of 2 GiB
	bench/scale $(B)

# --- the rest ----------------------------------------------------------------------------
lint: ## formatting, floors, scripts, man pages, static analysis
	@tests/lint $(B)
# Two of the documents are manual pages as well.
$(B)/man/initrd-section.5: docs/format.md
$(B)/man/taproot-boot.7: docs/boot.md
$(B)/man/%: docs/man
	@mkdir -p $(@D)
	docs/man $* $(filter %.md,$^) >$@
# mkimage(1) tells of every verb; each has a page of its own, made from that.
$(B)/man/verbs: mkimage/mkimage.1 docs/man-verb $(B)/mkimage
	@mkdir -p $(@D) && rm -f $(@D)/mkimage-*.1
	@$(B)/mkimage --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' | while read -r verb; do \
	  docs/man-verb "$$verb" "$$($(B)/mkimage "$$verb" --help | sed -n '2{s/\.$$//;s/^\(.\)/\L\1/p}')" $< >$(@D)/mkimage-$$verb.1 || exit 1; done
	@touch $@
PAGES := $(B)/man/initrd-section.5 $(B)/man/taproot-boot.7 $(wildcard mkimage/*.[1-8])
man: $(PAGES) $(B)/man/verbs ## write the manual pages that are made from others
# PROGRAM_PREFIX=taproot- puts the tool beside U-Boot's, which has the same name.
PROGRAM_PREFIX ?=
LIBDIR ?= $(PREFIX)/lib
TOOL := $(PROGRAM_PREFIX)mkimage
D     = $(DESTDIR)$(PREFIX)
install: all $(PAGES) $(B)/man/verbs ## copy tool, library, header, kernels, man pages, completions below $(DESTDIR)$(PREFIX)
	install -D -m 755 $(B)/mkimage $(D)/bin/$(TOOL)
	install -D -m 644 $(B)/libtaproot.a $(DESTDIR)$(LIBDIR)/libtaproot.a
	install -D -m 644 include/taproot.h $(D)/include/taproot.h
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig
	sed 's,@PREFIX@,$(PREFIX),; s,@LIBDIR@,$(LIBDIR),; s,@VERSION@,$(VERSION),; s,@LIBS@,$(OUR_LIBS),' kernel/libtaproot/libtaproot.pc.in \
	  >$(DESTDIR)$(LIBDIR)/pkgconfig/libtaproot.pc
	install -D -m 644 -t $(D)/lib/taproot/$(PLATFORM) $(KERNELS)
	for page in $(PAGES) $(B)/man/mkimage-*.1; do name=$${page##*/}; case $$name in mkimage*) name=$(PROGRAM_PREFIX)$$name ;; esac; \
	  install -D -m 644 $$page $(D)/share/man/man$${page##*.}/$$name || exit 1; done
	install -d $(D)/share/bash-completion/completions $(D)/share/zsh/vendor-completions $(D)/share/fish/vendor_completions.d
	$(B)/mkimage completion bash >$(D)/share/bash-completion/completions/$(TOOL)
	$(B)/mkimage completion zsh >$(D)/share/zsh/vendor-completions/_$(TOOL)
	$(B)/mkimage completion fish >$(D)/share/fish/vendor_completions.d/$(TOOL).fish
# From a copy of the sources: nothing of the packaging is left in the tree.
deb: ## build the Debian packages in build/deb
	@rm -rf $(B)/deb && mkdir -p $(B)/deb/taproot-$(VERSION)
	@tar -c --exclude=./build --exclude=./.git . | tar -x -C $(B)/deb/taproot-$(VERSION)
	@cd $(B)/deb/taproot-$(VERSION) && MAKEFLAGS= dpkg-buildpackage -b -us -uc -j$(shell nproc) >../log 2>&1 || { tail -n 30 ../log; exit 1; }
	@ls $(B)/deb/*.deb
deps: ## install the Debian packages of packages.txt that are missing
	@tests/deps packages.txt
EXAMPLE := $(B)/example
$(EXAMPLE)/rootfs/bin/hello: examples/hello/hello.c $(wildcard examples/hello/rootfs/*/*)
	@rm -rf $(EXAMPLE) && mkdir -p $(@D) && cp -R examples/hello/rootfs $(EXAMPLE)
	$(CC) -O2 -static $< -o $@
example: all $(EXAMPLE)/rootfs/bin/hello
	$(B)/mkimage -o $(EXAMPLE) examples/hello/app.cfg $(EXAMPLE)/rootfs
	$(B)/mkimage run -v $(EXAMPLE)/hello-$(PLATFORM).elf
run: deps ## build, pack the example, boot it, show its output
	@$(MAKE) --no-print-directory $(JOBS) example
clean: ## remove build/
	rm -rf $(B)
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n",$$1,$$2}' $(MAKEFILE_LIST)

-include $(shell find $(B) -path $(B)/cache -prune -o -name '*.d' -type f -print 2>/dev/null)
