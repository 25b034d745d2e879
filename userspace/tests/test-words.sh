#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is said in several places is said alike: the version.
#
# Usage: test-words.sh TEST-CTL

PLAN=5

# shellcheck source-path=SCRIPTDIR source=test-lib.sh
. "$(dirname "$0")/test-lib.sh"

top=$here/../..

sorted()
{
	tr -s ' \t\n' '\n' <<<"$1" | sed '/^$/d' | sort -u
}

# same NAME WANT IS...: each has the same words, in whatever order, and at least one.
same()
{
	local name=$1 want bad=0 words

	want=$(sorted "$2")
	[ -n "$want" ] || bad=1
	shift 2
	for words; do
		words=$(sorted "$words")
		[ "$words" = "$want" ] && continue
		bad=1
		diff <(echo "$want") <(echo "$words") | sed -n 's/^[<>]/# &/p'
	done
	result "$bad" "$name"
}

##### The version
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$top/dkms.conf")
[ -n "$version" ]
result $? "there is a version"
ctl --version
same "version of the tool" "memsusp-ctl $version (ABI 1)" "$out"
same "version of the module" "$version" \
	"$(find "$top/module" -name '*.c' -exec sed -n 's/^MODULE_VERSION("\(.*\)");/\1/p' {} +)"
same "version of the package" "$version" \
	"$(sed -n '1s/^memsusp (\(.*\)) .*/\1/p' "$top/debian/changelog")"
same "version in what is to be typed" "$version" \
	"$(grep -oh 'memsusp_[0-9][^_]*_' "$top/README.md" | sed 's/memsusp_//; s/_$//')"

finish
