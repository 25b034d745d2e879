# SPDX-License-Identifier: GPL-2.0-only
#
# memsusp: see "make help". The module is described in Kbuild, the tool in
# userspace/Makefile; this file only ties together what people ask for.

RELEASE	?= $(shell uname -r)
KDIR	?= /lib/modules/$(RELEASE)/build
VERSION	:= $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
DKMS_SOURCE := /usr/src/memsusp-$(VERSION)
KERNEL	?= $(shell awk '!/^\#/ && NF { print $$1; exit }' selftests/vm/kernels)
# Those that check only builds for, boots, and runs a few programs on.
SMOKE	?=
DEBUG_KERNEL ?= 6.1-debug

# Nothing here may run at the same time: demo and check need what they install.
.NOTPARALLEL:

all: modules tool

help:
	@echo 'all              module for KDIR ($(KDIR)) and memsusp-ctl'
	@echo 'modules tool     one of them'
	@echo 'install          the tool, its man page and completion (DESTDIR, PREFIX)'
	@echo 'modules_install  the module, for the kernel of KDIR'
	@echo 'dkms-install     the module through DKMS, for this and later kernels, and the tool'
	@echo 'dkms-remove      take the module out of DKMS again'
	@echo 'deb              all that as a package for other nodes, in build/deb'
	@echo 'demo             show what memsusp does, in a virtual machine'
	@echo 'check            the test suite on KERNEL="$(KERNEL)"; a few programs of it on SMOKE="$(SMOKE)"'
	@echo 'check-all        the same on every kernel in selftests/vm/kernels'
	@echo 'check-debug      the same on $(DEBUG_KERNEL), with lockdep, KASAN, kmemleak and so on;'
	@echo '                 its first run builds that kernel, in 6 to 8 minutes'
	@echo '                 DEBUG_KERNEL=6.1-kcsan instead looks for data races'
	@echo 'check-delays     programs of the suite with a build in which races are likely; KERNEL=...'
	@echo 'coverage         which lines of the module the test suite reaches; some 15 minutes'
	@echo 'check-storms     the storms of the test suite at full size, and ten million inputs for the'
	@echo '                 parser; KERNEL=..., two hours or so'
	@echo 'check-others     stress-ng and the kernel'"'"'s own tests of memory as members of a job, against'
	@echo '                 the same without memsusp; KERNEL=..., some 10 minutes'
	@echo 'lint             checkpatch, sparse, W=1, cppcheck, shellcheck: silent if good'
	@echo 'vm               a shell in a virtual machine, or CMD="..." in it'
	@echo 'prerequisites    install what demo, check and lint need (Debian, root)'
	@echo 'clean            remove what was built (the cache of kernels stays)'

modules modules_install:
	$(MAKE) -C $(KDIR) M=$(CURDIR) $@

tool:
	$(MAKE) -C userspace

install: tool
	$(MAKE) -C userspace install

dkms-install: install
	rm -rf $(DKMS_SOURCE)
	mkdir -p $(DKMS_SOURCE)
	cp -r Kbuild dkms.conf module uapi $(DKMS_SOURCE)
	dkms install --force memsusp/$(VERSION) -k $(RELEASE)

# What of the tree it takes, so that nothing else is in its way.
DEB_SOURCE := Kbuild dkms.conf Makefile LICENSE README.md module uapi userspace debian

deb:
	selftests/vm/prerequisites deb
	rm -rf build/deb
	mkdir -p build/deb/memsusp
	cp -r $(DEB_SOURCE) build/deb/memsusp
	cd build/deb/memsusp && DEB_BUILD_OPTIONS=noautodbgsym dpkg-buildpackage --build=binary --no-sign
	rm -rf build/deb/memsusp
	@ls build/deb/memsusp_*.deb

dkms-remove:
	dkms remove memsusp/$(VERSION) --all
	rm -rf $(DKMS_SOURCE)

demo:
	selftests/vm/prerequisites demo
	selftests/demo.sh
	bench/batch.sh

check:
	selftests/vm/prerequisites check $(if $(findstring arm64,$(KERNEL) $(SMOKE)),arm64)
	selftests/check $(KERNEL) $(if $(SMOKE),--smoke $(SMOKE))

check-all:
	selftests/vm/prerequisites check arm64
	selftests/check $$(awk '!/^#/ && NF && $$4 !~ /debug|kcsan|gcov/ { print $$1 }' selftests/vm/kernels)

check-debug:
	selftests/vm/prerequisites check debug
	TIMEOUT=$${TIMEOUT:-7200} selftests/check $(DEBUG_KERNEL)

check-delays:
	selftests/vm/prerequisites check
	selftests/check-delays $(KERNEL)
	selftests/check-delays --small-stock $(KERNEL)

coverage:
	selftests/vm/prerequisites check debug
	selftests/coverage

check-storms:
	selftests/vm/prerequisites check
	selftests/check-storms $(KERNEL)

check-others:
	selftests/vm/prerequisites check
	selftests/others.sh $(KERNEL)

lint:
	@selftests/vm/prerequisites lint
	@selftests/lint

vm:
	selftests/vm/prerequisites check
	$(MAKE) tool
	selftests/vm/run -k $(KERNEL) $(if $(CMD),-- sh -c '$(CMD)',--shell)

prerequisites:
	selftests/vm/prerequisites demo check lint

clean:
	$(MAKE) -C userspace clean
	rm -rf build
	find . -path ./.git -prune -o \( -name '*.o' -o -name '*.ko' \
		-o -name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd' \
		-o -name modules.order -o -name Module.symvers \) -exec rm -f {} +

.PHONY: all help modules modules_install tool install dkms-install dkms-remove deb demo check check-all \
	check-debug check-delays coverage check-storms check-others lint vm prerequisites clean
