#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # test-lib.sh reads PLAN, and sets ctl, status and more
#
# What is said in several places is said alike: the version, the settings of the
# node, and the words of the interface. Whether the module has the same files is
# tested where there is one.
#
# Usage: test-words.sh TEST-CTL

PLAN=19

# shellcheck source=/dev/null # test-lib.sh, which is checked by itself
. "$(dirname "$0")/test-lib.sh"

top=$here/../..
man=$here/../memsusp-ctl.8
interface=$top/docs/interface.md

fresh_node
# shellcheck source=/dev/null # the completion, which is checked by itself
. "$here/../memsusp-ctl.bash-completion"

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

# completed WORD...: what the last word can become.
completed()
{
	COMP_WORDS=(memsusp-ctl "$@")
	COMP_CWORD=$#
	_memsusp_ctl
	echo "${COMPREPLY[*]}"
}

# words MACRO: a list of words in uapi/memsusp.h.
words()
{
	sed -n "/^#define $1\t/,/}/p" "$top/uapi/memsusp.h" | grep -o '"[a-z]*"' | tr -d '"'
}

# row FILE: what docs/interface.md says of a file; its words in quotes, but not
# such as follow a full stop.
# shellcheck disable=SC2016 # backquotes, on purpose
row()
{
	sed -n "s,^| \`$1\`.*| [rw]* | ,,p" "$interface" | sed 's/\..*//' |
		grep -o '`[a-z]*`' | tr -d '`'
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

##### Settings of the node
ctl node --json
files=$(grep -o '"[a-z_]*":' out | tr -d '":')
settings=
for file in $files; do
	ctl node "$file=?"
	[[ $err = *"not a setting"* ]] || settings+="$file "
done
ctl node --help
same "settings in --help" "$settings" "$(sed -n 's/^  \([a-z_]*\)=.*/\1/p' out)"
same "settings in the completion" "$settings" "$(completed node "" | tr -d =)"
same "settings in the man page" "$settings" \
	"$(sed -n 's/^\.It Cm \([a-z_]*\) Ns = Ns .*/\1/p' "$man")"
rows=$(grep -E '^\| `node/' "$interface")
same "settings in the interface" "$settings" \
	"$(grep '| rw |' <<<"$rows" | grep -o '^| `node/[a-z_]*' | sed 's,.*/,,')"
same "files of the node in the interface" "$files" \
	"$(cut -d'|' -f2 <<<"$rows" | grep -o 'node/[a-z_]*' | sed 's,.*/,,')"
unknown=$(grep -ohE '(memsusp-ctl node |NODE=")[a-z_0-9= ]*=' "$top"/README.md "$top"/docs/*.md \
	"$man" "$top/debian/memsusp.default" | grep -oE '[a-z_]+=' | tr -d = | sort -u |
	grep -vxF "$(tr ' ' '\n' <<<"$settings")")
[ -z "$unknown" ]
result $? "no other setting in an example"

##### Words of the interface
ctl node --help
same "policies" "$(words MEMSUSP_POLICIES)" "$(sed -n '/policy=WORD/ { n; p }' out)" \
	"$(completed node policy = "")" "$(row node/policy)" \
	"$(sed -n '/^\.It Cm policy/,/^\.It Cm auto/s/^\.Ql \([a-z]*\).*/\1/p' "$man")"
same "states" "$(words MEMSUSP_STATES)" "$(row jobs/PID/state)"
same "states to wait for" "$(words MEMSUSP_STATES) gone" "$(completed wait -s "")"
same "reasons" "$(words MEMSUSP_REASONS)" "$(row jobs/PID/reason)"
same "levels" "$(words MEMSUSP_LEVELS)" "$(row node/level)"
section=$(sed -n '/^## Events/,/^##* [^E]/p' "$interface")
bad=0
for event in $(words MEMSUSP_EVENTS) "event=lost count=N"; do
	grep -qF "\`$event\`" <<<"$section" || { bad=1; echo "# $event is missing"; }
done
result "$bad" "events"

##### Commands and options
ctl --help
commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' out)
same "commands" "$commands" "$(completed "")" \
	"$(sed -n 's/^\.It Cm \([a-z]*\)$/\1/p' "$man")"
bad=0
for command in $commands; do
	ctl "$command" --help
	options=$(grep -oE '^ +(-[a-z], )?--[a-z-]+' out | grep -o -e '--.*')
	[ "$(sort -u <<<"$options"$'\n--help' | sed '/^$/d')" = \
		"$(completed "$command" - | tr ' ' '\n' | sort -u)" ] ||
		{ bad=1; echo "# $command: completion differs"; }
	for option in $options; do
		grep -qE "(Fl|,) -$(sed 's/^--/-/; s/^-//' <<<"$option")( |$)" "$man" ||
			{ bad=1; echo "# $command: the man page has no $option"; }
	done
done
result "$bad" "options"

finish
