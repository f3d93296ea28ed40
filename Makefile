# Parley: one page, no recursion. `make help` says what there is.
# BUILD=release|debug|asan|fuzz chooses flags and build/$(BUILD)/; an executable is a folder with a main.c.

BUILD   ?= release
B       := build/$(BUILD)
DESTDIR ?=
PREFIX  ?= /usr
TOPOLOGY ?= standard
MAKEFLAGS += -r
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif

PKGS := sofia-sip-ua libevent libevent_openssl openssl libpq libcares libxml-2.0 libpcre2-8 krb5-gssapi libsystemd
# Third-party headers are not ours to warn about.
PKG_CFLAGS = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PKGS)))
PKG_LIBS   = $(shell pkg-config --libs $(PKGS))

CC_release := gcc
CC_debug   := gcc
CC_asan    := clang
CC_fuzz    := clang
CC         := $(CC_$(BUILD))
OPT_release := -O2 -g -DNDEBUG -D_FORTIFY_SOURCE=2 -fstack-protector-strong
OPT_debug   := -O0 -g
OPT_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OPT_fuzz    := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wformat=2 -Wvla -Werror
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
CFLAGS = -std=c11 -D_GNU_SOURCE $(OPT_$(BUILD)) $(WARN) -fPIC -Icommon -I. -I$(B)/gen $(PKG_CFLAGS)
LDFLAGS = $(filter -fsanitize%,$(OPT_$(BUILD))) -Wl,-z,relro,-z,now

# --- what is built -----------------------------------------------------------------------------------------------
LIB_SRC  := $(wildcard common/*/*.c common/*/*/*.c)
LIB_SRC  := $(filter-out common/tools/%,$(LIB_SRC))
LIB_OBJ  := $(LIB_SRC:%.c=$(B)/%.o)
SQL_GEN  := $(patsubst common/db/%.sql,$(B)/gen/db/%_sql.h,$(wildcard common/db/*/*.sql))
MIGRATIONS := $(wildcard deploy/sql/*/*.sql)

ROLES    := $(patsubst %/main.c,%,$(wildcard frontend/main.c access-edge/main.c av-edge/main.c webconf-edge/main.c \
              mediation/main.c mcu-*/main.c archiving/main.c web-*/main.c))
role_src  = $(filter-out %/main.c,$(wildcard $(1)/*.c $(1)/*/*.c))
ROLE_BIN := $(ROLES:%=$(B)/parley-%)
PARLEY   := $(if $(wildcard deploy/parley/main.c),$(B)/parley)

UNIT_SRC := $(wildcard tests/unit/*/test_*.c tests/unit/*/*/test_*.c tests/unit/*/*/*/test_*.c)
UNIT_BIN := $(UNIT_SRC:%.c=$(B)/%)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=build/fuzz/%)

MAN      := $(if $(PARLEY),$(patsubst deploy/man/%.in,$(B)/man/%,$(wildcard deploy/man/*.in))) \
            $(foreach r,$(ROLES),$(patsubst $(r)/%,$(B)/man/%,$(wildcard $(r)/*.8)))

all: $(ROLE_BIN) $(PARLEY) $(B)/libparley.so $(MAN) ## build every executable and the library (BUILD=release|debug|asan)

$(B)/%.o: %.c | $(SQL_GEN)
	@mkdir -p $(@D); echo "CC $<"
	@$(CC) $(CFLAGS) $(if $(filter common/role/%,$<),-DPLY_VERSION='"$(VERSION)"') -MMD -MP -c $< -o $@

# Statements by name become an enum and a table: no SQL text in C.
.SECONDARY: $(SQL_GEN)
$(B)/gen/db/%_sql.h: common/db/%.sql common/tools/sql2c.awk
	@mkdir -p $(@D)
	@awk -v name=$(subst /,_,$*) -f common/tools/sql2c.awk $< > $@.tmp && mv $@.tmp $@

$(B)/libparley.a: $(LIB_OBJ)
	@rm -f $@
	@ar rcs $@ $^; echo "AR $@"

$(B)/libparley.so: $(LIB_OBJ) common/parley.map
	@echo "LD $@"; $(CC) $(LDFLAGS) -shared -Wl,--version-script=common/parley.map -o $@ $(LIB_OBJ) $(PKG_LIBS)

# $(1) folder, $(2) executable
define executable
$(2)_OBJ := $$(patsubst %.c,$(B)/%.o,$$(call role_src,$(1)))
$(B)/$(2): $(B)/$(1)/main.o $$($(2)_OBJ) $(B)/libparley.a
	@echo "LD $$@"; $$(CC) $$(LDFLAGS) -o $$@ $(B)/$(1)/main.o $$($(2)_OBJ) $(B)/libparley.a $$(PKG_LIBS)
endef
$(foreach r,$(ROLES),$(eval $(call executable,$(r),parley-$(r))))
$(if $(PARLEY),$(eval $(call executable,deploy/parley,parley)))

# Man pages: the lists of commands and keys come from the programs' own tables.
$(B)/confman: $(B)/common/tools/confman.o
	@echo "LD $@"; $(CC) $(LDFLAGS) -o $@ $<
$(B)/man/parley.1: deploy/man/parley.1.in $(PARLEY)
	@mkdir -p $(@D); $(PARLEY) help --mdoc | sed -e '/^@COMMANDS@$$/{r /dev/stdin' -e 'd}' $< > $@.tmp && mv $@.tmp $@
$(B)/man/parley.conf.5: deploy/man/parley.conf.5.in $(B)/confman $(ROLE_BIN)
	@mkdir -p $(@D); for r in $(ROLE_BIN); do $$r --help-config; done | $(B)/confman | \
		sed -e '/^@KEYS@$$/{r /dev/stdin' -e 'd}' $< > $@.tmp && mv $@.tmp $@
define man_of_role
$(patsubst $(1)/%,$(B)/man/%,$(wildcard $(1)/*.8)): $(B)/man/%: $(1)/%
	@mkdir -p $$(@D); cp $$< $$@
endef
$(foreach r,$(ROLES),$(if $(wildcard $(r)/*.8),$(eval $(call man_of_role,$(r)))))

docs: $(PARLEY) ## rewrite the pages of docs/errors from the tables of the parley command
	@$(PARLEY) help --errors-md > docs/errors/parley.md
	@$(PARLEY) help --diagnostics-md > docs/errors/ms-diagnostics.md

# A unit test links the library and, under tests/unit/ROLE, that role's objects without its main.
UNIT_LIB_SRC := $(wildcard tests/lib/*.c)
UNIT_LIB_OBJ := $(UNIT_LIB_SRC:%.c=$(B)/%.o)
role_of = $(firstword $(subst /, ,$(patsubst $(B)/tests/unit/%,%,$(1))))
role_obj = $(if $(filter common,$(1)),,$(patsubst %.c,$(B)/%.o,$(call role_src,$(if $(filter parley,$(1)),deploy/parley,$(1)))))
.SECONDEXPANSION:
$(UNIT_BIN): %: %.o $(UNIT_LIB_OBJ) $$(call role_obj,$$(call role_of,$$@)) $(B)/libparley.a
	@echo "LD $@"; $(CC) $(LDFLAGS) -o $@ $< $(UNIT_LIB_OBJ) $(call role_obj,$(call role_of,$@)) $(B)/libparley.a -lcmocka $(PKG_LIBS)

unit-bins: $(UNIT_BIN)

unit: unit-bins ## unit tests only; T=name picks those whose path contains it
	@tests/run-unit $(B) $(T)

test: ## everything: unit tests and the end-to-end suite with real clients; installs what is missing
	@deploy/install-deps.sh --if-missing build test
	@$(MAKE) --no-print-directory all unit-bins
	@tests/run-all $(B)

asan: ## the same suite under AddressSanitizer and UndefinedBehaviorSanitizer
	@deploy/install-deps.sh --if-missing build test
	@$(MAKE) --no-print-directory BUILD=asan all unit-bins
	@tests/run-all build/asan

fuzz: ## every fuzz target for SECONDS_EACH (10) seconds from its corpus
	@$(MAKE) --no-print-directory BUILD=fuzz fuzz-bins
	@tests/run-fuzz build/fuzz $(or $(SECONDS_EACH),10)

fuzz-bins: $(FUZZ_BIN)
build/fuzz/fuzz_%: build/fuzz/tests/fuzz/fuzz_%.o build/fuzz/libparley.a
	@echo "LD $@"; clang -fsanitize=address,undefined,fuzzer -o $@ $< build/fuzz/libparley.a $(PKG_LIBS)

LOAD_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard tests/bench/load/*.c))
$(B)/sipload: $(LOAD_OBJ) $(B)/libparley.a
	@echo "LD $@"; $(CC) $(LDFLAGS) -o $@ $(LOAD_OBJ) $(B)/libparley.a $(PKG_LIBS)

XMPP_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard tests/bench/xmpp/*.c) \
              $(addprefix tests/bench/load/,transport.c stats.c procstat.c))
$(B)/xmppload: $(XMPP_OBJ) $(B)/libparley.a
	@echo "LD $@"; $(CC) $(LDFLAGS) -o $@ $(XMPP_OBJ) $(B)/libparley.a $(PKG_LIBS)

flags:
	@echo $(CFLAGS)

lint: ## format, clang-tidy, layer borders, third-party borders, event names
	@tests/run-lint

bench: ## our figures beside a peer's from the same run (W=name picks a workload)
	@deploy/install-deps.sh --if-missing build bench
	@$(MAKE) --no-print-directory all $(B)/sipload $(B)/xmppload \
		$(B)/tests/unit/common/auth/test_sa
	@tests/bench/run $(W)

lab: ## start TOPOLOGY (standard) with demo users on this machine and play a conversation
	@deploy/install-deps.sh --if-missing build lab
	@deploy/lab up $(TOPOLOGY) && deploy/lab demo

lab-down: ## stop the lab
	@deploy/lab down

install: all ## install executables, library, SQL, units and man pages under DESTDIR
	@deploy/install.sh "$(B)" "$(DESTDIR)" "$(PREFIX)"

golden-update: unit-bins ## rewrite the golden files from what the code does now; review the difference
	@GOLDEN_UPDATE=1 tests/run-unit $(B) $(T)

clean: ## remove build/
	rm -rf build

help: ## this text
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

.PHONY: all docs unit unit-bins test asan fuzz fuzz-bins flags lint bench lab lab-down install golden-update clean help
.DEFAULT_GOAL := all
-include $(shell find $(B) -name '*.d' 2>/dev/null)
